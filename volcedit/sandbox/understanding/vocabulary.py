"""The words of the grammar, by what they do in a sentence.

To teach the grammar a word, add it to its row, English first, Chinese second. The words of the
effects are in `effects/table.py`. In either, the longest phrase wins. A word that stands nowhere
is a thing.
"""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType


class Role(Enum):
    """What a word does in a sentence."""

    # What is to be done
    ADD = auto()
    REMOVE = auto()
    CHANGE = auto()
    REPLACE = auto()
    BECOME = auto()
    """Between the old and the new: night *into* day."""
    LESS = auto()
    TOO = auto()
    """A complaint: *too* dark."""
    NOT = auto()
    KEEP = auto()
    ONLY = auto()
    """Ends what a `NOT` before it rejects: no snow, *only* fog."""
    WANT = auto()
    """The same for a part that holds it, without beginning a new one."""
    WRITE = auto()
    # To what
    WHOLE = auto()
    BACKGROUND = auto()
    SKY = auto()
    SUBJECT = auto()
    SPOT = auto()
    """A part of the picture by its position."""
    TEXT = auto()
    THING = auto()
    # With what
    EFFECT = auto()
    KIND = auto()
    """What an effect may be called: the watercolour *style*, a foggy *day*."""
    QUOTE = auto()
    # What holds the sentence together
    IN = auto()
    """Before a place: *in* the sky."""
    THERE = auto()
    """After a place, in Chinese: 天空*中*."""
    WITH = auto()
    """`BECOME` if something is replaced, else `IN`."""
    TO = auto()
    """`IN` if something is added, else `BECOME`."""
    MARK = auto()
    """Before the object, in Chinese: *把*天空."""
    THE = auto()
    """Before something that is in the picture."""
    A = auto()
    AND = auto()
    THEN = auto()
    COMMA = auto()
    COLON = auto()
    STOP = auto()
    FILLER = auto()
    """Changes nothing that the sandbox can tell apart."""


_WORDS = {
    Role.ADD: (
        "add, adding, put, place, insert, include, introduce, apply, increase, boost, raise, "
        "enhance, turn up, up the, overlay, bring in, use, bump up, strengthen, superimpose, "
        "scatter",
        "加，加上，加入，加点，加些，加个，添，添上，添加，增加，增添，增强，提高，提升，加强，"
        "加大，调高，放，放上，放一个，叠加，应用，打上，配上，带上，加深，画上，画一个，来点",
    ),
    Role.REMOVE: (
        "begone, remove, removing, delete, erase, get rid of, take away, take out, clear away, "
        "clear, cut out, eliminate, clean up, clean, strip, wipe, lose the, disappear, vanish, "
        "go away, gone, undo, removal, fix, repair, restore, restoration, colorize, colourise, "
        "colorise, colourize, colorization, colourisation, correct, correction, cancel, "
        "drop the, hide, lift the, cut through, drop",
        "修复，修，还原，恢复，上色，矫正，校正，去，去掉，去除，除去，除掉，移除，移走，删，"
        "删除，删掉，擦除，擦掉，抹去，抹掉，消除，消掉，清除，清理，消失，散去，拿掉，剔除，"
        "撤销，取消，隐藏，驱散，p掉，弄掉",
    ),
    Role.CHANGE: (
        "make, making, turn, change, convert, transform, render, redraw, draw, recreate, "
        "reimagine, restyle, set, paint, give, colour in, dye, tint it, switch, redo, repaint, "
        "stylize, stylise, edit, adjust, alter, shift, let, have",
        "让，使，令，改变，改，调整，重新绘制，重绘，绘制，转换，转化，渲染，做，修改，p，处理，"
        "染，涂，弄，制作",
    ),
    Role.REPLACE: (
        "fill, replace, replacing, swap, substitute, exchange",
        "替换，替换掉，换，换掉，更换，代替，取代",
    ),
    Role.BECOME: (
        "into, as, like, look like, looks like, looking like, as if, as though, become, becomes, "
        "turn into, to look like, be like, feel like, appear as, instead be",
        "成，变，为，成为，变成，变为，变得，变回，改成，改为，换成，换为，替换成，替换为，转成，"
        "转为，转换成，转换为，转变成，转变为，调成，调为，做成，弄成，画成，处理成，p成，设成，"
        "设为，渲染成，染成，涂成，化为，化作，看起来像，看上去像，像，仿佛，好像，呈现，切换成，"
        "切换到，修改成，修改为，制作成，调整为，调整成，改到，变到，绘制成，转化成，转化为",
    ),
    Role.LESS: (
        "less, lower, reduce, decrease, turn down, tone down, not so, not as, not that, "
        "minimize, soften the, soften, cut down, bring down, decreased, reduced, weaken, "
        "take down, dial down, dial back",
        "减少，减弱，减轻，减小，减，降低，降，调低，压低，削弱，少一点，少一些，少点，淡一点，"
        "不那么，不要那么，别那么，没那么，不要这么，别这么，弱化，减淡，低一点，低一些，弱一点，"
        "小一点，小一些",
    ),
    Role.TOO: (
        "too, too much, overly, excessively, far too, way too, a bit too",
        "太，太大，太重，太浓，太多，太强，太高，过于，过分，太过，过度，有点太，照片偏，整体偏，"
        "画面偏，图片偏，颜色偏，有点偏",
    ),
    Role.NOT: (
        "than, never mind, nevermind, scratch that, no wait, don't, do not, dont, no, not, "
        "without, never, avoid, isn't, is not, doesn't, shouldn't, should not, must not, "
        "mustn't, won't, can't, instead of, rather than, free of, no more, neither, except, "
        "stop, let's not, does not, needn't, ain't, aren't, wasn't",
        "算了，不对，不要，不，别，勿，没有，没，无，避免，无需，不需要，不用，不是，不想，"
        "不想要，不能，不得，禁止，不必，请勿，不可，别再，不再，切勿，不准，不许，无须，并非，"
        "而不是，除了",
    ),
    Role.KEEP: (
        "keep, keeping, preserve, retain, leave, maintain, unchanged, untouched, stays, stay, "
        "remain, remains, protect",
        "保持，保留，不变，维持，别动，不动，留着，保住，不要动，不要变",
    ),
    Role.ONLY: (
        "only, just, but, instead, rather, simply",
        "只，只要，只需，只加，仅，仅仅，而是，但，但是，不过，改要，要的是，就要",
    ),
    Role.WANT: (
        "i want, i want it, i want to, i'd like, i would like, i'd like to, we want, i need, "
        "give me",
        "我想，我要，我想要，我希望，希望，想要，想，要，需要，是，吧",
    ),
    Role.WRITE: (
        "write, write down, inscribe, type out, engrave",
        "写，写上，写下，题上，题写，印上，刻上，打出，写个，写一个",
    ),
    Role.TEXT: (
        "text, the text, letter, lettering, word, the word, the words, caption, title, subtitle, "
        "slogan, headline, writing, written, say, saying, reads, reading, sign, label, "
        "watermark, logo, signature, inscription, typography, handwriting, banner, message, "
        "quote, subtitles",
        "文字，字，字样，标题，标语，题，题字，字幕，写着，写有，印着，水印，标志，招牌，签名，"
        "文案，标签，商标，文本，横幅，字母，诗句，落款，日期",
    ),
    Role.WHOLE: (
        "it, everything, all, all of it, photo, photograph, picture, image, pic, scene, "
        "snapshot, whole, entire, overall, frame, view, portrait, landscape, environment, "
        "whole thing, them, surroundings, season, time of day, time, city, setting",
        "它，图片，图像，照片，相片，画面，整体，整个，整张，全图，全部，一切，所有，场景，原图，"
        "全画面，时间，环境，风景，整幅，这里，图中，背景天气",
    ),
    Role.BACKGROUND: (
        "background, backdrop, bg",
        "背景，后景，背后，身后，远景，后面",
    ),
    Role.SKY: (
        "sky, skies, heavens, air",
        "天空，天上，天，空中，天边，天际，上空",
    ),
    Role.SUBJECT: (
        "person, people, man, woman, girl, boy, child, kid, baby, model, subject, cat, dog, pet, "
        "animal, me, him, her, couple, family, us",
        "人，人物，主体，他，她，我，男人，女人，女孩，男孩，孩子，小孩，宝宝，猫，狗，小猫，"
        "小狗，猫咪，宠物，动物，模特，人像，角色，美女，老人",
    ),
    Role.SPOT: (
        "top, bottom, corner, left, right, center, centre, middle, side, edge, edges, "
        "foreground, half, part, area, left side, right side, shadows, highlights",
        "左，右，左边，右边，左侧，右侧，上方，下方，左上角，左下角，右上角，右下角，中间，中央，"
        "顶部，底部，角落，边缘，前景，局部，部分，一半，暗部，亮部，阴影，高光，上半部分，"
        "下半部分，正中",
    ),
    Role.KIND: (
        "style, styled, effect, filter, look, looks, vibe, mood, atmosphere, tone, tones, light, "
        "lighting, lights, color, colors, colour, colours, theme, version, day, daytime, summer, "
        "summertime, noon, afternoon, weather, morning, aesthetic, art, artwork, illustration, "
        "character, cover, palette, shade, tint, hue, grading, grade, texture, print, wash, "
        "film, levels, level, level of, vibes, painting style, rendering, format, conditions, "
        "shading, touch, hint, hues, falling, image style, shades",
        "风格，风，效果，滤镜，感觉，感，氛围，气氛，色调，调，色，色彩，颜色，光线，光，主题，"
        "版本，白天，夏天，夏季，早晨，清晨，早上，上午，中午，下午，夏日，时分，季节，天气，"
        "画风，质感，画，图，飘落，飘，落下，效果图，影调，调子，色系，意境，模式，形象，样子，"
        "插画，艺术，一样，般，似的，景，景象，景色，光影，照明，程度，画法，笔触，镜头，绽放，"
        "洒满，洒下，天地，模样，状态，状，之作",
    ),
    Role.IN: (
        "in, on, over, at, above, behind, under, beneath, during, across, around, from, of, "
        "throughout, through, between, among, upon, beside, near, along, against, outside, "
        "inside, out of, off, using, via, in front of, by the, on top of, amid, next to, within, "
        "towards, to the left of, to the right of, before, after, covering, below",
        "在，于，从，沿着，以",
    ),
    Role.THERE: (
        "",
        "里，中，上，内，里面，上面，之中，之上，旁，旁边，下面，周围，之下，外面",
    ),
    Role.WITH: (
        "with, by, for",
        "用，采用，使用",
    ),
    Role.TO: (
        "to, onto",
        "到",
    ),
    Role.MARK: (
        "",
        "把，将，给，对，对于，帮，替，由，令其",
    ),
    Role.THE: (
        "the, this, that, these, those, its, my, his, their, your, our",
        "这，这张，这个，这幅，这只，这位，那，那张，那个，我的，其，该",
    ),
    Role.A: (
        "a, an, some, any, each, every, something, another, one",
        "一，一个，一张，一道，一只，一把，一副，一顶，一杯，一根，一位，一幅，一场，一片，一层，"
        "一束，一轮，一条，一朵，一行，几，几个，两，两个，两只，某，一座，一辆，一件，一瓶，"
        "一棵，几朵，一盏，一名，一匹，一艘，一支，一串，一枚，一盘，一碗，一本，一双，一头，一台",
    ),
    Role.AND: (
        "and, or, nor, and a, &",
        "和，与，及，以及，或，或者，还有，跟",
    ),
    Role.THEN: (
        "then, also, plus, and then, and also, afterwards, next, finally, while, where, so, "
        "because, since, followed by, as well as, first",
        "并，并且，然后，同时，也，又，接着，最后，先，而且，且，还，还要，随后，之后，另外，"
        "此外，首先，其次，并把，因为，所以",
    ),
    Role.FILLER: (
        "i'd, painted, drawn, dusting of, layer of, blanket of, bolt of, veil of, double, "
        "twinkling, cloudy, dull, boring, overcast, plain, not enough, tone it down, "
        "turn it down, please, pls, plz, kindly, can you, could you, would you, could, would, "
        "what would, how about, what about, what if, help me, japanese, bit, little, very, "
        "slightly, really, much, more, even, quite, somewhat, gently, softly, lightly, heavy, "
        "heavily, deep, deeply, strong, strongly, subtle, soft, beautiful, nice, lovely, "
        "magical, great, be, is, are, was, were, it's, it is, that's, there is, there's, appear, "
        "seem, feel, taken, shot, captured, photographed, show, visible, be visible, thanks, "
        "thank you, hello, hi, ok, okay, completely, fully, totally, entirely, whole lot, "
        "slight, extra, thick, fresh, of a, lot, lots of, a lot of, plenty of, don't forget to, "
        "such, of the, should, want, need, needs, lots, seems, looking, feeling, classic, "
        "traditional, hand, full of, full, were it, now, here, moody, dramatic, cinematic, "
        "pretty, clearly, thin, massive, big, huge, small, tiny, few, so that, yes, well, "
        "coming, comes, rich, richer, kind of, sort of, type of, must, will, own, vintage style, "
        "actually, maybe, perhaps, early, late, cheerful, quickly, gentle, faint, delicate, "
        "epic, gorgeous, stunning, wonderful, and it's, up, down, dense, it looks, we, i, you, "
        "both, at all, again, anything, else, there, which, who, has, been, being, wet, "
        "professional",
        "请，再，请你，高一点，高一些，高点，强一点，强一些，明媚，请帮我，帮我，帮忙，麻烦，"
        "能不能，可以，可不可以，能否，一点，一些，一点点，一下，点，些，稍微，稍稍，略，略微，"
        "更，更加，很，非常，十分，特别，更为，比较，有点，有些，有，的，地，得，了，着，呢，吗，"
        "啊，哦，嘛，大，小，大大，轻微，淡淡，淡淡的，浓浓，浓浓的，漫天，满天，满，漂亮，美丽，"
        "唯美，梦幻，浪漫，好看，看起来，看上去，显得，谢谢，您好，下起，下，下着，飘着，飘起，"
        "起，出现，就，都，全，重新，变化，来，来个，来一张，生成，制造，营造，不够，再来，"
        "来一场，进行，整，被，让其，令人，浓，薄，厚，强烈，适当，明显，微微，吹，飞舞，飞，"
        "那种，那样，这样，这种，最，偏，偏向，越，越来越，深，浅，别忘了，不要忘记，些许，会，"
        "能，应该，经典，传统，手绘，充满，直接，尽量，务必，老式，弥漫，笼罩，点缀，璀璨，绚丽，"
        "美，一种，似乎，正在，纷飞，纷纷，一点儿，稍，好，些微",
    ),
    # Nouns that hold the word of an effect, or of a row above, and are things all the same.
    Role.THING: (
        "orange juice, orange tree, orange slice, oranges, evening gown, evening dress, "
        "evening wear, evening bag, spring water, spring roll, spring rolls, spring onion, "
        "snow leopard, snow globe, snow white, snow cone, snow boots, snow pea, snow goose, "
        "snow queen, lightning fast, snowman, snowboard, rainbow trout, rainbow flag, "
        "rain boots, rain coat, rain jacket, rain barrel, raindrop, night vision, night stand, "
        "night light, night shirt, night owl, night club, nightgown, golden retriever, "
        "golden gate, golden gate bridge, gold medal, gold ring, gold fish, goldfish, goldfinch, "
        "red wine, red panda, red carpet, red cross, red flag, red bull, blue jeans, blue jay, "
        "blue cheese, blue whale, bluebird, green tea, green card, green bean, green salad, "
        "green screen, greenhouse, pink floyd, purple heart, black and white cat, fog machine, "
        "fog light, fog lights, fog horn, storm trooper, sun hat, sunglasses, winter coat, "
        "winter jacket, winter hat, winter clothes, winter tyres, cold drink, cool guy, "
        "cool sunglasses, warm coat, warm clothes, hot dog, star wars, stars and stripes, "
        "pencil case, pencil skirt, pencil sharpener, comic book store, sketch book, sketchbook, "
        "drawing board, oil lamp, oil rig, word processor, street sign, stop sign, traffic sign, "
        "neon sign, neon tetra, mosaic tile floor, tile floor, tile roof, roof tile, "
        "dark chocolate, dark horse, bright smile, sharp knife, sharp teeth, sharp suit, "
        "negative film strip, autumn wreath, storm cloud, storm clouds, new year card, "
        "color cast, colour cast, blue cast, yellow cast, green cast, color blind, "
        "picture frame, photo frame, photo album, golden frame, moon cake, mooncake, moon boots, "
        "moon rover, full moon, crescent moon, painting on the wall, lightning bolt logo, "
        "water color set, cherry tree, cherry pie, cherries, bluetooth speaker, redhead, "
        "letter box, letterbox, title page, sky scraper, skyscraper, cat food, dog house, "
        "hot air balloon, air balloon, blackout, thunder cats, galaxy phone, milky way bar, "
        "gold chain, green apple, red apple, polaroid camera, film camera, amber necklace, "
        "lavender field, lilac bush, rose bush, emerald ring",
        "雨伞，雨衣，雨鞋，雨靴，雨刷，雪糕，雪碧，雪人，雪橇，雪茄，雪梨，雪豹，雪山，雪狐，"
        "雪球，雪靴，滑雪，滑雪板，白雪公主，红绿灯，红包，红酒，红旗，红领巾，红薯，红茶，"
        "红烧肉，红枣，红灯笼，红十字，红毯，绿茶，绿豆，绿植，绿灯，红灯，黄灯，绿帽子，蓝牙，"
        "蓝莓，蓝鲸，蓝天，蓝天白云，紫菜，紫薯，紫砂壶，橙子，橙汁，橘子，粉笔，粉丝，黄金，"
        "金色头发，秋千，秋裤，秋衣，秋刀鱼，春卷，春联，夜市，夜宵，夜店，夜莺，夜光表，夜灯，"
        "雷达，地雷，手雷，雷锋，雾霾口罩，加湿器，喷雾，冷饮，冷气，冷水，冷库，冰淇淋，暖气，"
        "暖水瓶，暖宝宝，星星灯，月亮船，月饼，彩虹糖，彩虹旗，彩虹伞，彩虹桥，铅笔盒，字典，"
        "汉字本，题目，写字楼，写字台，作业本，霓虹灯牌，暗器，反光镜，像素手机，瓷砖地板，"
        "油画框，油画布，漫画书，动漫手办，樱花树，樱花树下，樱花糕，阳光房，阳光男孩，和服，"
        "上衣，下巴，中国，上海，内衣，外套，外卖，成人，前面，花瓶，天鹅，天使，天线，图书，"
        "图书馆，画框，画笔，画家，画布，画板，换气扇，加油站，加拿大，去年，别墅，无人机，"
        "不锈钢，无花果，没药，为什么，像章，中秋，中秋节，人行道，人偶，人参，狗粮，猫砂，"
        "动画片光盘，大象，小船，大衣，大楼，小鸟，大海，小河，大山，小路，大树，小花，点心，"
        "点灯，地板，地图，地毯，着装，得奖，色板，光头，光盘，风筝，风扇，风车，调料，调色板，"
        "对联，对讲机，将军，放大镜，放风筝，偏色，色偏，表情，下雨声，雪地靴，雨林，雷神，"
        "雪茄烟，用户，以色列，于是，红色头发，写实，写真，写意，有雾，有点雾，有些雾，放大，"
        "缩小，更大，变大，大一点，大一些，更小，变小，变长，更长，太阳镜，太阳，太阳能，太极，"
        "太空，太空人，太太，金色相框，老虎，画卷，大厦，纯白，纯黑，白雪皑皑的山，星巴克，"
        "夜明珠，蓝图，红外，红人，绿洲，紫禁城，银河系漫游指南，日出而作",
    ),
}
WORDS: Mapping[Role, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        role: (
            tuple(word.strip() for word in english.split(",") if word.strip()),
            tuple(word.strip() for word in chinese.split("，") if word.strip()),
        )
        for role, (english, chinese) in _WORDS.items()
    }
)
"""English and Chinese words by their role."""
