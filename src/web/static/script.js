// Sliders, filters, the replay, the live feed, advice while typing. Every page can be read without the script.
'use strict';

// Replaces parts of this page by those of another one, keeping the focus.
let under_way = null;
async function show(address, { push = false } = {}) {
  under_way?.abort();
  under_way = new AbortController();
  try {
    const answer = await fetch(address, { signal: under_way.signal, headers: { Accept: 'text/html' } });
    // Errors have a page of their own.
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const focused = document.activeElement?.id;
    for (const part of document.querySelectorAll('[data-part]')) {
      const other = fresh.getElementById(part.id);
      // Replacing a handle while it is being dragged would end the drag.
      const held = part.contains(document.activeElement) && document.activeElement.type === 'range';
      if (other && !held) part.replaceWith(document.adoptNode(other));
    }
    document.title = fresh.title;
    history[push ? 'pushState' : 'replaceState'](null, '', answer.url);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    return true;
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(address);
    return false;
  }
}

const DAY = 86_400_000;
const day_after = (first, days) => new Date(Date.parse(first) + days * DAY).toISOString().slice(0, 10);

// The board: moving a handle updates its day at once, and the board once it rests.
function board(form) {
  const address = () => {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (name === 'day') said.set('as_of', day_after(form.dataset.first, Number(value)));
      else if (name === 'from_day') said.set('from', day_after(form.dataset.first, Number(value)));
      else if (value) said.set(name, value);
    }
    if (said.get('from') > said.get('as_of')) said.set('from', said.get('as_of'));
    return `${form.action.split('?')[0]}?${said}`;
  };
  const named = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  let rest = 0;
  form.addEventListener('input', (event) => {
    if (event.target.type !== 'range') return;
    if (event.target.name === 'day') {
      const day = new Date(day_after(form.dataset.first, Number(event.target.value)));
      document.getElementById('moment').textContent = named.format(day).replace(/,/g, '');
    }
    clearTimeout(rest);
    rest = setTimeout(() => show(address()), 120);
  });
  form.addEventListener('change', (event) => {
    if (event.target.type === 'range') return;
    show(address(), { push: true });
  });
  form.addEventListener('submit', (event) => { event.preventDefault(); show(address(), { push: true }); });
  form.addEventListener('click', (event) => {
    const step = event.target.closest('a.step, .marks a');
    if (!step || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(step.href?.baseVal ?? step.href, { push: true });
  });
  addEventListener('popstate', () => location.reload());
}

const view = document.getElementById('view');
if (view) board(view);

// Forms that only filter: sent on every change.
for (const form of document.querySelectorAll('form[data-auto]')) {
  form.addEventListener('change', () => form.requestSubmit());
}

// Switches: the result is shown as soon as one changes.
for (const form of document.querySelectorAll('form[data-show]')) {
  form.addEventListener('change', () => {
    show(form.getAttribute('action').split('#')[0] + '?' + new URLSearchParams(new FormData(form)));
  });
}

// The replay: plays a frame at a time, at reading speed.
function replay(player) {
  const frame = document.getElementById('frame');
  const play = document.getElementById('play');
  const last = Number(player.dataset.frames);
  const address = (n) => {
    const to = new URL(player.dataset.path, location.href);
    to.searchParams.set('frame', n);
    return to.href;
  };
  const go = async (n) => { frame.value = n; return show(address(n)); };
  let timer = 0;
  const stop = () => { clearTimeout(timer); timer = 0; play.textContent = '▶ Play'; };
  const on = async () => {
    const n = Number(frame.value);
    if (n >= last) return stop();
    await go(n + 1);
    if (timer) timer = setTimeout(on, 1400);
  };
  play.hidden = false;
  play.addEventListener('click', () => {
    if (timer) return stop();
    play.textContent = '❚❚ Pause';
    if (Number(frame.value) >= last) go(1);
    timer = setTimeout(on, 600);
  });
  frame.addEventListener('input', () => { stop(); go(Number(frame.value)); });
  player.addEventListener('click', (event) => {
    const step = event.target.closest('a.step');
    if (!step) return;
    event.preventDefault();
    stop();
    go(Number(new URL(step.href).searchParams.get('frame')));
  });
}

const player = document.getElementById('player');
if (player) replay(player);

// The feed: shows new events as they are recorded. Their content is inserted as text, never as HTML.
// A browser does not retry a feed that is rejected (a restart behind a proxy, all feeds taken). The page then asks for the
// missed events, says so, and retries the feed with increasing delays of up to 30 s.
const PAUSES = [2, 5, 10, 30];
const LINES_MAX = 500;

function live(feed) {
  const sign = document.getElementById('live');
  const say = (text, is_live) => {
    sign.textContent = text;
    sign.classList.toggle('waiting', !is_live);
  };
  // The id of the last event shown: the ledger's incarnation and a seq.
  let seen = feed.dataset.after;
  let source = null;
  let rest = 0;
  let failures = 0;
  let attempt = 0;

  const address = () => {
    const to = new URL(feed.dataset.live, location.href);
    to.searchParams.set('after', seen);
    return to.href;
  };
  const add_line = (told) => {
    const add = (name, parent, text, kind) => {
      const element = parent.appendChild(document.createElement(name));
      element.textContent = text;
      if (kind) element.className = kind;
      return element;
    };
    const line = document.createElement('li');
    line.className = 'fresh';
    add('a', line, told.seq, 'seq').href = `${feed.dataset.events}/${told.seq}`;
    const body = add('div', line, '');
    const says = add('p', body, '');
    add('strong', says, told.type.replace(/^okr\./, '').replace(/[._]/g, ' '));
    says.append(' ');
    add('span', says, told.subject, 'subject');
    add('p', body, `${told.recordedtime} · ${told.actor}`, 'eyebrow');
    feed.prepend(line);
    while (feed.children.length > LINES_MAX) feed.lastElementChild.remove();
  };
  // Loads the events recorded meanwhile, page by page. A page may be empty although others follow.
  const catch_up = async (is_current) => {
    for (let next = address(); next;) {
      const answer = await fetch(next, { headers: { Accept: 'application/json' } });
      if (!answer.ok) return answer.status;
      const { events } = await answer.json();
      if (!is_current()) return 0;
      events.forEach(add_line);
      next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('Link') ?? '')?.[1];
      const last = next ? new URL(next, location.href).searchParams.get('after') : events.at(-1)?.seq;
      if (last) seen = seen.replace(/\d+$/, last);
    }
    return 200;
  };
  const stop = () => {
    attempt += 1;
    clearTimeout(rest);
    source?.close();
  };
  const refused = async () => {
    stop();
    const mine = attempt;
    const status = await catch_up(() => mine === attempt).catch(() => 503);
    if (mine !== attempt) return;
    // The request itself is rejected: the ledger was restored since this page was rendered. Reload once a minute at most.
    if (status >= 400 && status < 500 && performance.now() > 60_000) return location.reload();
    const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
    failures += 1;
    say(status === 200 ? 'not live: checked every 30 s' : 'not connected: trying again', false);
    rest = setTimeout(connect, pause * 1000 * (0.8 + 0.4 * Math.random()));
  };
  const connect = () => {
    stop();
    source = new EventSource(address());
    source.onopen = () => { failures = 0; say('live', true); };
    source.onmessage = ({ data, lastEventId }) => { add_line(JSON.parse(data)); seen = lastEventId; };
    // The ledger was restored from a backup that lacks some of the events shown here.
    source.addEventListener('restored', () => { stop(); location.reload(); });
    source.onerror = ({ target }) => {
      if (target !== source) return;
      if (source.readyState === EventSource.CLOSED) refused();
      else say('connecting again', false);
    };
  };
  // Browsers allow few connections per server for all tabs together, so a hidden tab closes its own.
  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : connect()));
  addEventListener('pagehide', stop);
  addEventListener('pageshow', ({ persisted }) => { if (persisted) connect(); });
  if (!document.hidden) connect();
}

const feed = document.querySelector('[data-live]');
if (feed) live(feed);

// Advice while a form is filled in: a dry run of the form whenever the typing rests. Empty fields are not reported
// before the form is sent.
function advise(form) {
  let rest = 0;
  const touched = new Set();
  form.addEventListener('input', (event) => {
    if (event.target.name) touched.add(event.target.name);
    clearTimeout(rest);
    rest = setTimeout(async () => {
      const said = new URLSearchParams(new FormData(form));
      said.set('try', 'yes');
      const answer = await fetch(form.action, { method: 'POST', body: said, headers: { Accept: 'text/html' } });
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const faults of form.querySelectorAll('.faults')) {
        const other = fresh.getElementById(faults.id);
        const name = faults.id.slice('faults-'.length).replaceAll('.', '/');
        const is_mine = [...touched].some((one) => one.replaceAll('.', '/') === name);
        if (other && is_mine) faults.replaceWith(document.adoptNode(other));
      }
      const advice = fresh.getElementById('advice');
      const refused = advice?.querySelector('.refused');
      const adrift = refused?.querySelector('ul');
      if (refused && !adrift) refused.remove();
      refused?.querySelector('.title')?.remove();
      if (advice) document.getElementById('advice').replaceWith(document.adoptNode(advice));
    }, 400);
  });
  // A form is sent once: a second press is ignored while the first is in progress.
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
  addEventListener('pageshow', () => { delete form.dataset.sent; });
}

for (const form of document.querySelectorAll('form[data-advice]')) advise(form);

// On narrow screens the tabs overflow: scroll to the current one.
const tab = document.querySelector('nav.tabs [aria-current]');
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
