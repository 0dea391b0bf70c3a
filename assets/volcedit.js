// Put first into the page, before Gradio's own scripts; `volcedit` holds the tag of the page's
// language, its title, and the few words that are said here.
(() => {
  // Gradio translates by these two; it knows zh-CN, but neither zh nor zh-HK nor our switch.
  for (const [name, value] of [['language', volcedit.tag], ['languages', [volcedit.tag]]]) {
    Object.defineProperty(navigator, name, { get: () => value });
  }

  const find = (selector) => document.querySelector(selector);
  // What is the same already stays: each change wakes the observers below.
  const tell = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const stored = (work) => { try { return work(sessionStorage); } catch { return null; } };
  const type = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };

  // ── what Python's components call ──────────────────────────────────────────────────────────

  // HTML is redrawn whole: its buttons are heard where they bubble to, and focus is put back.
  // The record last asked for: of two quick choices the answers may come the other way round.
  let wanted = null;
  volcedit.connect = (element, trigger) => {
    let last = null;
    const name = (button) => [button.dataset.action, button.dataset.id];
    element.addEventListener('click', (event) => {
      const button = event.target.closest('[data-action]');
      if (!button) return;
      const { action, id } = button.dataset;
      wanted = ['choose', 'look', 'restore'].includes(action) ? { id, ask: () => trigger(action, { record_id: id }) } : null;
      trigger(action, { record_id: id });
      if (action === 'choose') mark(id);
    });
    element.addEventListener('focusin', (event) => {
      const button = event.target.closest('[data-action]');
      last = button && name(button).join();
    });
    // Not Gradio's `watch`: that calls before the new value stands in the page.
    new MutationObserver(() => {
      if (last && document.activeElement === document.body) {
        [...element.querySelectorAll('[data-action]')].find((it) => name(it).join() === last)?.focus();
      }
      for (const time of element.querySelectorAll('time')) {
        tell(time, new Date(time.dateTime).toLocaleString(volcedit.tag));
      }
      const shown = find('#compare figure')?.dataset.id;
      if (element.closest('#compare') && wanted && wanted.id !== shown) wanted.ask();
      mark(wanted?.id ?? shown);
      count();
      // What Python puts into the prompt, it tells nobody here; it always shows something as well.
      if (find('#prompt textarea')) measure(find('#prompt textarea').value);
    }).observe(element, { childList: true, subtree: true });
  };
  volcedit.run = () => find('#run').click();

  // ── looking ────────────────────────────────────────────────────────────────────────────────

  const tiles = () => [...document.querySelectorAll('#results [data-action=choose]')];
  const mark = (id) => tiles().forEach((it) => it.setAttribute('aria-pressed', it.dataset.id === id));
  const turn = (step) => {
    const all = tiles();
    const at = all.findIndex((it) => it.getAttribute('aria-pressed') === 'true');
    all[(at + step + all.length) % all.length]?.click();
  };

  // Seconds are counted here, and only while something is under way.
  let counting = 0;
  const count = () => {
    const clocks = document.querySelectorAll('[data-elapsed], [data-left]');
    clearTimeout(counting);
    for (const clock of clocks) {
      clock.since ??= performance.now();
      const passed = (performance.now() - clock.since) / 1000;
      const { elapsed, left } = clock.dataset;
      tell(clock, String(elapsed ? Math.floor(+elapsed + passed) : Math.max(0, Math.ceil(left - passed))));
    }
    if (clocks.length) counting = setTimeout(count, 500);
  };

  const does = {
    fullscreen: (button) => {
      const figure = button.closest('figure');
      document.fullscreenElement ? document.exitFullscreen() : figure.requestFullscreen();
    },
    previous: () => turn(-1),
    next: () => turn(1),
    copy: (button) => {
      navigator.clipboard.writeText(button.closest('section').querySelector('pre').textContent);
      button.classList.add('copied');
    },
    family: (button) => {
      const open = button.getAttribute('aria-expanded') !== 'true';
      for (const other of document.querySelectorAll('#ideas [aria-expanded]')) {
        other.setAttribute('aria-expanded', other === button && open);
        find('#' + other.getAttribute('aria-controls')).hidden = !(other === button && open);
      }
    },
    idea: (button) => {
      type(find('#prompt textarea'), button.textContent);
      find('#prompt textarea').focus();
    },
  };
  document.addEventListener('click', (event) => {
    if (event.target.closest('#run')) wanted = null;
    const button = event.target.closest('[data-do]');
    if (button) does[button.dataset.do](button);
  });
  document.addEventListener('input', (event) => {
    const { target } = event;
    if (target.matches('.stage input[type=range]')) {
      target.closest('.frame').style.setProperty('--cut', `${target.value}%`);
    }
    // Not by a listener of Gradio's: one makes fast typing lag by a third of a second.
    if (target.matches('#prompt textarea')) measure(target.value);
    if (target.matches('#compose :is(textarea, input:not([type=range], [type=file]))')) keep();
  });

  // ── writing ────────────────────────────────────────────────────────────────────────────────

  const measure = (text) => {
    const length = [...text].length;
    const counter = find('#prompt-count output');
    tell(counter, `${length} / ${volcedit.advised}`);
    counter.classList.toggle('over', length > volcedit.advised);
    counter.title = length > volcedit.advised ? volcedit.long : '';
  };
  const composed = ['#prompt textarea', '#negative-prompt textarea', '#seed input',
    '#scale input[type=number]', '#count input[type=number]'];
  const keep = () => stored((storage) => storage.setItem('volcedit', JSON.stringify({
    app: gradio_config.app_id, at: composed.map((selector) => find(selector)?.value ?? '') })));
  const putBack = () => {
    const kept = stored((storage) => JSON.parse(storage.getItem('volcedit')));
    if (!kept) return;
    composed.forEach((selector, index) => {
      if (kept.at[index] && find(selector)) type(find(selector), kept.at[index]);
    });
    if (kept.app !== gradio_config.app_id) {
      const note = document.createElement('p');
      note.className = 'note';
      note.textContent = volcedit.restarted;
      find('#status').before(note);
    }
    keep();
  };

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      volcedit.run();
    }
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.matches('input, textarea, [contenteditable]')) return;
    if (document.fullscreenElement || event.target.closest('#results')) turn(step);
  }, true);

  // A number typed beyond a slider is to be told at the slider, not changed without a word; Gradio
  // changes it when the field is left.
  document.addEventListener('blur', (event) => {
    const beyond = event.target.matches?.('#scale input[type=number], #count input[type=number]');
    const wrong = beyond && (!event.target.validity.valid || event.target.value === '');
    if (wrong) event.stopImmediatePropagation();
  }, true);

  // ── a photo, dropped or pasted anywhere ────────────────────────────────────────────────────

  const appears = (selector) => new Promise((resolve) => {
    const look = () => (find(selector) ? resolve(find(selector)) : requestAnimationFrame(look));
    look();
  });
  const take = async (files, event) => {
    const file = [...(files ?? [])].find((it) => it.type.startsWith('image/'));
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    if (!find('#image input[type=file]')) find('#image [data-testid=source-select] button').click();
    const input = await appears('#image input[type=file]');
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
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
  document.addEventListener('drop', (event) => take(event.dataTransfer?.files, event), true);
  document.addEventListener('paste', (event) => take(event.clipboardData?.files, event), true);

  // ── once the page is there ─────────────────────────────────────────────────────────────────

  appears('#prompt textarea').then(() => {
    document.title = volcedit.title;
    find('#status').setAttribute('role', 'status');
    measure(find('#prompt textarea').value);
    putBack();
  });
})();
