// Injected at the top of the page, before Gradio's scripts. The global `volcedit` provides the page's
// language tag and title, the ids of the form's fields, and the messages used here.
(() => {
  // Gradio takes its language from these two. It knows zh-CN, but not zh, zh-HK or our language switch.
  for (const [name, value] of [['language', volcedit.tag], ['languages', [volcedit.tag]]]) {
    Object.defineProperty(navigator, name, { get: () => value });
  }

  const find = (selector) => document.querySelector(selector);
  // Unchanged text is not written again: every write triggers the observers below.
  const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  // Returns null if the browser blocks storage.
  const stored = (storage, name, value) => {
    try {
      if (value === undefined) return JSON.parse(storage.getItem(name));
      storage.setItem(name, JSON.stringify(value));
    } catch { return null; }
  };
  const addNote = (selector, words, kind = 'note') => {
    const note = document.createElement('p');
    note.className = kind;
    if (kind === 'error') note.setAttribute('role', 'alert');
    note.textContent = words;
    find(selector).before(note);
    return note;
  };
  const type = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };

  // ── called by the components ───────────────────────────────────────────────────────────────

  // Gradio replaces the HTML as a whole, so clicks are delegated and the focus is restored.
  let settling = 0;
  const settle = () => {
    for (const time of document.querySelectorAll('#history time, #compare time')) {
      setText(time, new Date(time.dateTime).toLocaleString(volcedit.tag));
    }
    mark(wanted?.id ?? find('#compare figure')?.dataset.id);
    showPicked();
    count();
    if (find('#prompt textarea')) measure(find('#prompt textarea').value);
  };

  volcedit.settle = settle;

  // Gradio morphs the old HTML into the new and removes attributes that we set, so these are observed.
  const REDRAWN = ['data-id', 'data-elapsed', 'data-left', 'datetime', 'aria-pressed', 'aria-expanded', 'value'];
  const set = (element, name, value) => {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  };

  // The selection in the history is kept when paging.
  const picked = new Set();
  const showPicked = () => {
    for (const box of document.querySelectorAll('[data-pick]')) box.checked = picked.has(box.dataset.pick);
    const bulk = find('.bulk');
    if (!bulk) return;
    if (bulk.hidden === picked.size > 0) bulk.hidden = !picked.size;
    setText(bulk.querySelector('[data-picked]'), String(picked.size));
  };

  // Gradio reuses a row's text field, with what was typed, even if the row now shows another edit. So
  // move each note, and the cursor, to the row of its edit.
  const notes = new Map();
  let writing = null;
  const showNotes = (element, save) => {
    const focused = document.activeElement;
    const { selectionStart, selectionEnd } = focused ?? {};
    for (const field of element.querySelectorAll('[data-note]')) {
      const id = field.dataset.note;
      const saved = field.getAttribute('value');
      if (notes.get(id) === saved) notes.delete(id);
      const text = notes.get(id) ?? saved;
      if (field.value !== text) field.value = text;
    }
    if (!focused?.dataset.note || focused.dataset.note === writing || !element.contains(focused)) return;
    if (notes.has(writing)) save(writing, notes.get(writing));
    const own = element.querySelector(`[data-note="${writing}"]`);
    if (!own) focused.blur();
    own?.focus({ preventScroll: true });
    own?.setSelectionRange(selectionStart, selectionEnd);
  };

  const SENDS = ['replay', 'repeat', 'chain', 'chain_on_photo'];

  // The record requested last. After two quick clicks, the responses may arrive in either order.
  let wanted = null;
  volcedit.connect = (element, trigger) => {
    let last = null;
    const name = (button) => [button.dataset.action, button.dataset.id];
    const save = (id, text) => trigger('note', { record_id: id, text });
    element.addEventListener('click', (event) => {
      const button = event.target.closest('[data-action]');
      if (!button) return;
      const { action, id } = button.dataset;
      // The second click of a double click would send, and charge, another edit.
      if (event.detail > 1 && SENDS.includes(action)) return;
      wanted = ['choose', 'look', 'restore'].includes(action) ? { id, ask: () => trigger(action, { record_id: id }) } : null;
      trigger(action, { record_id: id });
      if (action === 'choose') mark(id);
      if (action === 'delete') picked.delete(id);
    });
    element.addEventListener('click', (event) => {
      const many = event.target.closest('[data-many]');
      if (!many) return;
      trigger(many.dataset.many, { ids: [...picked] });
      if (many.dataset.many === 'delete_some') actions.unpick();
    });
    element.addEventListener('change', (event) => {
      const { note, pick } = event.target.dataset;
      if (note) save(note, event.target.value);
      if (pick) {
        picked[event.target.checked ? 'add' : 'delete'](pick);
        showPicked();
      }
    });
    const form = element.querySelector.bind(element, '[data-form]');
    let asking = 0;
    const ask = () => trigger(form().dataset.form, { form: Object.fromEntries(new FormData(form())) });
    element.addEventListener('input', (event) => {
      if (event.target.dataset.note) notes.set(event.target.dataset.note, event.target.value);
      if (!event.target.closest('[data-form]')) return;
      clearTimeout(asking);
      asking = setTimeout(ask, event.target.matches('[type=search], [name=seeds]') ? 250 : 0);
    });
    element.addEventListener('submit', (event) => event.preventDefault());
    element.addEventListener('focusin', (event) => {
      const button = event.target.closest('[data-action]');
      last = button && name(button).join();
      writing = event.target.dataset.note ?? null;
    });
    // Gradio's `watch` does not work here: its callback runs before the DOM is updated.
    new MutationObserver(() => {
      if (last && document.activeElement === document.body) {
        [...element.querySelectorAll('[data-action]')].find((it) => name(it).join() === last)?.focus();
      }
      showNotes(element, save);
      const shown = find('#compare figure')?.dataset.id;
      if (element.closest('#compare') && wanted && wanted.id !== shown) wanted.ask();
      settle();
      // The components updated by one response change one after another.
      clearTimeout(settling);
      settling = setTimeout(settle, 60);
    }).observe(element, { childList: true, characterData: true, subtree: true, attributeFilter: REDRAWN });
  };
  volcedit.run = () => {
    settle();  // a rejected run redraws nothing
    find('#run').click();
  };

  volcedit.save = (file) => {
    if (!file) return;
    const link = document.createElement('a');
    link.href = file.url;
    link.download = file.orig_name ?? '';
    link.click();
  };

  // ── results ────────────────────────────────────────────────────────────────────────────────

  const tiles = () => [...document.querySelectorAll('#results [data-action=choose]')];
  const mark = (id) => tiles().forEach((it) => set(it, 'aria-pressed', it.dataset.id === id));
  const turn = (step) => {
    const all = tiles();
    const at = all.findIndex((it) => it.getAttribute('aria-pressed') === 'true');
    all[(at + step + all.length) % all.length]?.click();
  };

  // The browser counts the seconds, and only while something is running.
  let counting = 0;
  const count = () => {
    const clocks = document.querySelectorAll('[data-elapsed], [data-left]');
    clearTimeout(counting);
    for (const clock of clocks) {
      const { elapsed, left } = clock.dataset;
      const base = elapsed ?? left;
      if (clock.base !== base) Object.assign(clock, { base, since: performance.now() });
      const passed = (performance.now() - clock.since) / 1000;
      setText(clock, String(elapsed ? Math.floor(+elapsed + passed) : Math.max(0, Math.ceil(left - passed))));
    }
    if (clocks.length) counting = setTimeout(count, 500);
  };

  let family = null;
  const unfold = () => {
    for (const head of document.querySelectorAll('#ideas [aria-expanded]')) {
      const open = head.textContent === family;
      set(head, 'aria-expanded', open);
      find('#' + head.getAttribute('aria-controls')).hidden = !open;
    }
  };
  // The ideas are redrawn whenever the recent prompts change.
  volcedit.reopen = (element) => new MutationObserver(unfold).observe(element,
    { childList: true, subtree: true, attributeFilter: REDRAWN });

  const actions = {
    fullscreen: (button) => {
      const figure = button.closest('figure');
      document.fullscreenElement ? document.exitFullscreen() : figure.requestFullscreen();
    },
    view: (button) => {
      const figure = button.closest('figure');
      set(figure, 'data-view', button.dataset.view);
      for (const it of figure.querySelectorAll('.views button')) set(it, 'aria-pressed', it === button);
    },
    previous: () => turn(-1),
    next: () => turn(1),
    copy: (button) => {
      navigator.clipboard.writeText(button.closest('section').querySelector('pre').textContent);
      button.classList.add('copied');
    },
    family: (button) => {
      family = family === button.textContent ? null : button.textContent;
      unfold();
    },
    unpick: () => {
      picked.clear();
      showPicked();
    },
    idea: (button) => {
      type(find('#prompt textarea'), button.textContent);
      find('#prompt textarea').focus();
    },
  };
  document.addEventListener('click', (event) => {
    if (!event.target.closest('#run')) return;
    wanted = null;
    // Ignore the second click of a double click, even if the first run has already ended.
    if (event.detail > 1) event.stopImmediatePropagation();
  }, true);
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-do]');
    if (button) actions[button.dataset.do](button);
    if (event.target.closest('#delete-all-sure')) actions.unpick();
  });
  document.addEventListener('input', (event) => {
    const { target } = event;
    if (target.matches('.stage input[type=range]')) {
      target.closest('.frame').style.setProperty('--cut', `${target.value}%`);
    }
    // A Gradio listener would make fast typing lag by a third of a second.
    if (target.matches('#prompt textarea')) measure(target.value);
  });

  // ── prompt ─────────────────────────────────────────────────────────────────────────────────

  const measure = (text) => {
    const length = [...text].length;
    const counter = find('#prompt-count output');
    setText(counter, `${length} / ${volcedit.advised}`);
    counter.classList.toggle('over', length > volcedit.advised);
    counter.title = length > volcedit.advised ? volcedit.long : '';
  };

  // ── save the page's state when leaving, restore it on reload ───────────────────────────────

  const panels = ['crop', 'more', 'connection'];
  const label = (panel) => find(`#${panel} > button`);
  const valueOf = (id) => {
    const box = find(`#${id}`);
    const tick = box?.querySelector('input[type=checkbox]');
    const field = box?.querySelector('textarea, input[type=number], input[type=text], input[type=radio]:checked');
    return tick ? tick.checked : field?.value;
  };
  let entered = false;
  // The edit whose picture became the photo. Whether it still is the photo is checked on sending.
  let parent = null;
  document.addEventListener('click', (event) => {
    if (event.target.closest('#use-as-input')) parent = find('#compare figure')?.dataset.id;
  }, true);
  const keep = () => {
    if (!entered) return;
    const photo = find('#image img')?.src.split('/file=')[1];
    stored(sessionStorage, 'volcedit', {
      app: gradio_config.app_id,
      values: Object.fromEntries(volcedit.boxes.map((id) => [id.replaceAll('-', '_'), valueOf(id)])),
      photo: photo && decodeURIComponent(photo),
      parent,
      shown: tiles().map((it) => it.dataset.id),
      chosen: wanted?.id ?? find('#compare figure')?.dataset.id,
    });
    stored(localStorage, 'volcedit', panels.filter((it) => label(it).classList.contains('open')));
  };
  addEventListener('pagehide', keep);
  document.addEventListener('visibilitychange', () => { if (document.hidden) keep(); });
  volcedit.draft = () => {
    const kept = stored(sessionStorage, 'volcedit');
    entered = true;
    parent = kept?.parent ?? null;
    for (const panel of stored(localStorage, 'volcedit') ?? []) label(panel)?.click();
    if (kept && kept.app !== gradio_config.app_id) addNote('#status', volcedit.restarted);
    return JSON.stringify(kept ?? {});
  };

  document.addEventListener('keydown', (event) => {
    // Not from a note or the search field, since a run may cost money.
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.target.closest('#past')) {
      event.preventDefault();
      if (!event.repeat) volcedit.run();
    }
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.matches('input, textarea, [contenteditable]')) return;
    if (document.fullscreenElement || event.target.closest('#results')) turn(step);
  }, true);

  // A number outside a slider's range is reported as an error. Gradio would silently clamp it when the
  // field loses focus.
  document.addEventListener('blur', (event) => {
    const numbers = volcedit.sliders.map((id) => `#${id} input[type=number]`);
    const isNumber = event.target.matches?.(numbers.join());
    const isInvalid = isNumber && (!event.target.validity.valid || event.target.value === '');
    if (isInvalid) event.stopImmediatePropagation();
  }, true);

  // ── drop or paste a photo, or a recipe as JSON, anywhere on the page ───────────────────────

  const waitFor = (selector) => new Promise((resolve) => {
    const look = () => (find(selector) ? resolve(find(selector)) : requestAnimationFrame(look));
    look();
  });
  const take = async (files, event) => {
    const all = [...(files ?? [])];
    const photo = all.find((it) => it.type.startsWith('image/'));
    const file = photo ?? all.find((it) => it.type === 'application/json' || it.name.endsWith('.json'));
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    if (photo && !find('#image input[type=file]')) find('#image [data-testid=source-select] button').click();
    const input = await waitFor(`${photo ? '#image' : '#by-url'} input[type=file]`);
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  document.addEventListener('change', (event) => {
    if (!event.target.matches('#image input[type=file]')) return;
    find('.too-large')?.remove();
    if ((event.target.files[0]?.size ?? 0) <= volcedit.upload_max) return;
    event.stopImmediatePropagation();
    event.target.value = '';
    addNote('#photo-note', volcedit.too_large, 'error').classList.add('too-large');
  }, true);
  const carriesFile = (event) => event.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    document.documentElement.classList.add('dropping');
  });
  for (const name of ['dragleave', 'drop']) {
    document.addEventListener(name, (event) => {
      if (name === 'drop' || !event.relatedTarget) document.documentElement.classList.remove('dropping');
    }, true);
  }
  document.addEventListener('drop', (event) => {
    if (carriesFile(event)) event.preventDefault();  // otherwise the browser opens the file
    take(event.dataTransfer?.files, event);
  }, true);
  document.addEventListener('paste', (event) => take(event.clipboardData?.files, event), true);

  // ── once the page has loaded ───────────────────────────────────────────────────────────────

  Promise.all(['#run', '#prompt textarea', '#status'].map(waitFor)).then(() => {
    document.title = volcedit.title;
    find(`#language a[lang="${volcedit.tag}"]`)?.setAttribute('aria-current', 'true');
    find('#status').setAttribute('role', 'status');
    measure(find('#prompt textarea').value);
    // Reveal a field with an error: it may be in a closed panel, or scrolled out of view.
    let reported = null;
    new MutationObserver(() => {
      const invalid = find('#compose div.validation-error');
      if (invalid === reported) return;
      reported = invalid;
      const panel = panels.find((id) => invalid?.closest(`#${id}`));
      if (panel && !label(panel).classList.contains('open')) label(panel).click();
      setTimeout(() => invalid?.scrollIntoView({ block: 'nearest' }));  // once the panel is open
    }).observe(find('#compose'), { childList: true, subtree: true });
    // Run loses the focus because it is disabled during a run; give it back afterwards.
    new MutationObserver(() => {
      if (find('#run').disabled) {
        // If the results are below the form, scroll to them.
        if (find('#look').offsetTop > find('#compose').offsetTop) find('#look').scrollIntoView();
        return;
      }
      if (document.activeElement === document.body) find('#run').focus({ preventScroll: true });
    }).observe(find('#run'), { attributeFilter: ['disabled'] });
  });
})();
