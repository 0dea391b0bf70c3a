"""The vendor's error codes [V] and HTTP statuses: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from volcedit.errors import (
    AnswerError,
    AuthenticationError,
    RateLimitError,
    RefusedError,
    RejectedError,
    ServiceError,
    TaskError,
)
from volcedit.types import Words


def quoting(words: Words, said: str) -> Words:
    """`words`, followed by the message of the other side, truncated: it may be an HTML page."""
    said = " ".join(said.split())[:300]
    return words + Words(f"It said: “{said}”", f"对方的说明：“{said}”") if said else words


SUCCESS = 10000  # [P]


@dataclass(frozen=True)
class Code:
    """One row of the vendor's table of codes [V]."""

    number: int
    http_status: int
    error_class: type[AnswerError]
    words: Words
    """What happened, and what to do next."""
    retryable: bool = False
    """Whether a retry may help: the same request or, for a refused picture, another seed."""

    def error(self, said: str, request_id: str) -> AnswerError:
        """The error to raise, quoting the service's message."""
        return self.error_class(
            quoting(self.words, said),
            code=self.number,
            request_id=request_id,
            http_status=self.http_status,
            retryable=self.retryable,
        )


_ROWS = (
    Code(50200, 400, RejectedError, Words(
        "The service found an invalid value. Check prompt, seed and strength.",
        "服务认为参数无效。请检查提示词、种子和强度。")),
    Code(50201, 400, RejectedError, Words(
        "The service misses a value. Check that the model is the right one (VOLCEDIT_REQ_KEY).",
        "服务认为缺少参数。请检查模型是否正确（VOLCEDIT_REQ_KEY）。")),
    Code(50204, 400, RejectedError, Words(
        "The service could not read the request. Check what lies between here and it.",
        "服务无法解析请求。请检查中间的网关或代理。")),
    Code(50205, 400, RejectedError, Words(
        "The photo is too large for the service. Use a smaller one.",
        "图片对服务来说过大。请换一张较小的图片。")),
    Code(50206, 400, RejectedError, Words(
        "The service found no photo in the request. Choose the photo again.",
        "服务未在请求中找到图片。请重新选择图片。")),
    Code(50207, 400, RejectedError, Words(
        "The service could not decode the photo. Save it anew as JPEG and try that.",
        "服务无法解码图片。请另存为 JPEG 后再试。")),
    Code(50213, 400, RejectedError, Words(
        "The request is too large. Use a smaller photo.",
        "请求过大。请换一张较小的图片。")),
    Code(50215, 400, RejectedError, Words(
        "The service cannot work on this input. Use another photo or other words.",
        "服务无法处理该输入。请换一张图片或换一种说法。")),
    Code(50400, 400, AuthenticationError, Words(
        "This key has no permission for this model. Have it enabled, or use another key.",
        "该密钥没有此模型的权限。请开通权限或更换密钥。")),
    Code(50402, 400, RejectedError, Words(
        "The service does not know this action. Check VOLCEDIT_BASE_URL and VOLCEDIT_REQ_KEY.",
        "服务不支持此操作。请检查 VOLCEDIT_BASE_URL 和 VOLCEDIT_REQ_KEY。")),
    Code(50411, 400, RefusedError, Words(
        "Content review refused the photo. Use another one.",
        "图片未通过内容审核。请换一张图片。")),
    Code(50412, 400, RefusedError, Words(
        "Content review refused the words. Say it in another way.",
        "文字未通过内容审核。请换一种说法。")),
    Code(50413, 400, RefusedError, Words(
        "The words hold a term that is not allowed. Say it in another way.",
        "文字含有敏感词。请换一种说法。")),
    Code(50511, 400, RefusedError, Words(
        "Content review refused the picture that was made. Try another seed.",
        "生成的图片未通过内容审核。请换一个种子再试。"), retryable=True),
    Code(50512, 400, RefusedError, Words(
        "Content review refused the text that was made. Say it in another way.",
        "生成的文字未通过内容审核。请换一种说法。")),
    Code(50518, 400, RefusedError, Words(
        "The photo was found to be under copyright. Use another one.",
        "图片被判定为受版权保护。请换一张图片。")),
    Code(50519, 400, RefusedError, Words(
        "The picture that was made was found to be under copyright. Try another seed.",
        "生成的图片被判定为受版权保护。请换一个种子再试。"), retryable=True),
    Code(50520, 400, ServiceError, Words(
        "The content review itself failed. Try again later.",
        "内容审核服务出错。请稍后再试。")),
    Code(50521, 400, ServiceError, Words(
        "The copyright review of the words failed. Try again later.",
        "文字版权审核服务出错。请稍后再试。")),
    Code(50522, 400, ServiceError, Words(
        "The copyright review of the picture failed. Try again later.",
        "图片版权审核服务出错。请稍后再试。")),
    Code(50429, 429, RateLimitError, Words(
        "Too many calls a second. Wait a little, or ask for fewer pictures.",
        "每秒调用次数超限。请稍候，或减少张数。"), retryable=True),
    Code(50430, 429, RateLimitError, Words(
        "Too many calls at once. Wait until others are done, or lower VOLCEDIT_MAX_CONCURRENT.",
        "并发调用数超限。请等待其他调用完成，或调低 VOLCEDIT_MAX_CONCURRENT。"), retryable=True),
    Code(50500, 500, ServiceError, Words(
        "The service failed inside. Try again in a moment.",
        "服务内部错误。请稍后再试。"), retryable=True),
    Code(50501, 500, ServiceError, Words(
        "The model failed inside. Try again in a moment.",
        "算法内部错误。请稍后再试。"), retryable=True),
)  # fmt: skip

TOO_MANY_AT_ONCE = 50430  # [V]
NO_SUCH_ACTION = 50402  # [V]
CODES: Mapping[int, Code] = {row.number: row for row in _ROWS}
"""The vendor's codes, by number."""


_NOT_SIGNED = Words(
    "The call arrived without all of its signature. Check VOLCEDIT_VOLC_URL, and that no proxy in "
    "between takes headers away.",
    "请求到达时签名不完整。请检查 VOLCEDIT_VOLC_URL，并确认中间的代理没有去掉请求头。",
)
_NOT_ALLOWED = Words(
    "This key may not call this service. Give its user the permission in Volcengine's access "
    "control (IAM), or use another key.",
    "该密钥无权调用此服务。请在火山引擎访问控制（IAM）中为其用户授权，或更换密钥。",
)
SIGNATURE_CODES: Mapping[str, Words] = {
    "InvalidTimestamp": Words(
        "The signature's time was refused as too old or from the future: this machine's clock is "
        "wrong. Set its date, time and time zone, then run it again.",
        "签名时间过旧或在未来，未被接受：本机时钟不准。请校准日期、时间和时区后重试。",
    ),
    "SignatureDoesNotMatch": Words(
        "The signature does not fit. Check that VOLC_SECRETKEY belongs to VOLC_ACCESSKEY and is "
        "whole, that this machine's clock is right, and that no proxy changes the call.",
        "签名不匹配。请检查 VOLC_SECRETKEY 是否与 VOLC_ACCESSKEY 对应且完整、本机时钟是否准确，"
        "以及中间的代理是否改动了请求。",
    ),
    "InvalidAccessKey": Words(
        "Volcengine does not know this access key. Check VOLC_ACCESSKEY, and that the key is in "
        "use.",
        "火山引擎没有此访问密钥。请检查 VOLC_ACCESSKEY，并确认该密钥已启用。",
    ),
    "InvalidSecretToken": Words(
        "The session token is wrong or has expired. Get new temporary keys, and set "
        "VOLC_ACCESSKEY, VOLC_SECRETKEY and VOLC_SESSION_TOKEN together.",
        "会话令牌错误或已过期。请重新获取临时密钥，并一同设置 VOLC_ACCESSKEY、VOLC_SECRETKEY "
        "和 VOLC_SESSION_TOKEN。",
    ),
    "AccessDenied": _NOT_ALLOWED,
    "LackPolicy": _NOT_ALLOWED,
    "MissingRequestInfo": _NOT_SIGNED,
    "MissingSignature": _NOT_SIGNED,
    "MissingAuthenticationToken": _NOT_SIGNED,
    "InvalidAuthorization": _NOT_SIGNED,
    "InvalidCredential": _NOT_SIGNED,
}
"""Signature errors, which are returned before the call reaches the service [V]:
https://www.volcengine.com/docs/6369/68677"""


def clock_skew(skew_s: float) -> Words:
    """Says that this machine's clock is `skew_s` ahead of the service's (negative: behind)."""
    minutes = max(1, round(abs(skew_s) / 60))
    return Words(
        f"This machine's clock is {minutes} min {'ahead' if skew_s > 0 else 'behind'}.",
        f"本机时钟{'快' if skew_s > 0 else '慢'}了约 {minutes} 分钟。",
    )


KEY_REFUSED = Words(
    "The key was not accepted. Check it (VOLCEDIT_API_KEY, or VOLC_ACCESSKEY and VOLC_SECRETKEY), "
    "and that it may use this model.",
    "密钥未被接受。请检查密钥（VOLCEDIT_API_KEY，或 VOLC_ACCESSKEY 和 VOLC_SECRETKEY），"
    "以及该密钥是否有权使用此模型。",
)
TOO_MANY = Words(
    "Too many calls at once. Wait a little, or ask for fewer pictures.",
    "调用过于频繁。请稍候，或减少张数。",
)
SERVER_FAILED = Words(
    "The service failed. Try again in a moment; if it stays so, ask whoever runs it.",
    "服务出错。请稍后重试；如持续出现，请联系服务方。",
)
LOST_HTTP = (504, 520, 521, 522, 523, 524)
"""What a proxy (520 … 524: Cloudflare) returns when it got no response, or an invalid one."""
LOST_ON_THE_WAY = Words(
    "What lies between here and the service got no answer from it. The edit may have been carried "
    "out and charged: look there before you send it again.",
    "中间的网关或代理未收到服务的答复。该编辑可能已完成并计费：重新发送前请先核对。",
)
NOT_FOUND = Words(
    "There is no such service at this address. Check VOLCEDIT_BASE_URL (the root of the gateway, "
    "without /volcv/v1) or VOLCEDIT_VOLC_URL.",
    "该地址没有此服务。请检查 VOLCEDIT_BASE_URL（应为网关根地址，不含 /volcv/v1）"
    "或 VOLCEDIT_VOLC_URL。",
)
HTTP_REFUSED = Words(
    "The address answered, but not with an edit. Check VOLCEDIT_BASE_URL or VOLCEDIT_VOLC_URL.",
    "该地址有响应，但不是编辑结果。请检查 VOLCEDIT_BASE_URL 或 VOLCEDIT_VOLC_URL。",
)
UNKNOWN_CODE = Words(
    "The service refused with a code that is not documented. Change the request, or ask its "
    "support.",
    "服务以未记载的代码拒绝了请求。请修改请求或联系其支持。",
)
MALFORMED = Words(
    "The answer is not what this service sends. Check VOLCEDIT_BASE_URL; the call may have been "
    "charged, so look there before you send it again.",
    "收到的内容不是此服务的答复。请检查 VOLCEDIT_BASE_URL；该调用可能已计费，重发前请先核对。",
)
TOO_LARGE = Words(
    "The answer is larger than any edit's and was not read to its end. Check VOLCEDIT_BASE_URL; "
    "the call may have been charged, so look there before you send it again.",
    "收到的内容比任何编辑答复都大，未读完。请检查 VOLCEDIT_BASE_URL；该调用可能已计费，重发前请"
    "先核对。",
)
NO_TASK = Words(
    "The service took the task but did not name it, so it cannot be asked after. It may have been "
    "charged; look there before you send it again.",
    "服务接受了任务，但没有给出任务编号，因此无法查询，可能已计费。重发前请先核对。",
)
TASK_PENDING = Words(
    "The task was not done in time. It goes on there: fetch it again within 12 hours.",
    "任务未在时限内完成，仍在服务端继续。请在 12 小时内重新获取。",
)
TASK_GONE: Mapping[str, Words] = {
    "not_found": Words(
        "The service does not know this task (any more): it lives 12 hours, for the key it was "
        "submitted with. It may have been charged; send it again if you still want it.",
        "服务中没有（或已不再有）此任务：任务仅保留 12 小时，且只属于提交它的密钥。可能已计费；"
        "如仍需要，请重新发送。",
    ),
    "expired": Words(
        "The task has expired: it lives 12 hours. It may have been charged; send it again if you "
        "still want it.",
        "任务已过期：仅保留 12 小时。可能已计费；如仍需要，请重新发送。",
    ),
}
"""The states [V] of a task that will never return a picture."""


def task_error(state: str, request_id: str, envelope: Mapping[str, Any]) -> TaskError:
    """The error for a task in `state`, which is neither done nor running."""
    undocumented = Words(
        f"The service reports a state of the task that is not documented: “{state}”. Fetch it "
        "again later, or ask its support.",
        f"服务报告了未记载的任务状态：“{state}”。请稍后重新获取，或联系其支持。",
    )
    words = TASK_GONE.get(state, undocumented)
    return TaskError(words, code=state, request_id=request_id, envelope=envelope)


NO_PICTURE = Words(
    "The service reports success but sent no picture. It may have been charged; try another seed.",
    "服务报告成功，但没有返回图片，可能已计费。请换一个种子再试。",
)
NOT_A_PICTURE = Words(
    "The service reports success, but what it sent is no picture that can be read. It may have "
    "been charged; try the other delivery.",
    "服务报告成功，但返回的内容不是可读的图片，可能已计费。请换另一种交付方式。",
)
