/**
 * What runs in the console: it keeps the page up to date, and asks for changes. The token stays in the tab
 * (sessionStorage) and goes nowhere but into the header of a change.
 */
export const CONSOLE_SCRIPT = `'use strict';
const { refreshSeconds } = document.currentScript.dataset;
const KEY = 'trace.apiToken';
const dialog = document.querySelector('dialog');
const said = document.querySelector('output');
const say = (text) => { said.textContent = text; };
let wanted;

async function change(path) {
  say('…');
  const token = sessionStorage.getItem(KEY);
  const headers = token === null ? {} : { authorization: 'Bearer ' + token };
  try {
    const response = await fetch(path, { method: 'POST', headers });
    const answer = await response.json();
    if (response.status === 401) {
      sessionStorage.removeItem(KEY);
      wanted = path;
      say(token === null ? '' : answer.detail);
      dialog.showModal();
    } else say(response.ok ? 'Done.' : answer.detail);
  } catch {
    say('The alert engine does not answer.');
  }
}

for (const button of document.querySelectorAll('button[data-change]'))
  button.addEventListener('click', () => change(button.dataset.change));

dialog.querySelector('form').addEventListener('submit', ({ target }) => {
  sessionStorage.setItem(KEY, target.token.value.trim());
  target.reset();
  change(wanted);
});

async function refresh() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html');
    document.querySelector('main').replaceWith(page.querySelector('main'));
  } catch {
    // It starts again, perhaps; the time that the page shows says how old it is.
  }
}
setInterval(refresh, refreshSeconds * 1000);
`;
