import type { Notification } from '../notify/notification';
import type { ApiAlert, ApiRuleGroup } from './prometheus-api';

export interface ConsoleData {
  readonly groups: readonly ApiRuleGroup[];
  readonly alerts: readonly ApiAlert[];
  /** Oldest first. */
  readonly notifications: readonly Notification[];
  readonly now: Date;
}

const REFRESH_SECONDS = 5;
const SHOWN_NOTIFICATIONS = 20;
/** Markup that is safe to put into a page: made here, or escaped. */
interface Html {
  readonly html: string;
}

/** Goes with the page: nothing runs but its own script, which speaks to this API only. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

/** One page of plain HTML with what fires, what is watched, and who was told. */
export function consolePage({ groups, alerts, notifications, now }: ConsoleData): string {
  const latest = notifications.slice(-SHOWN_NOTIFICATIONS).reverse();
  return markup`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}"></noscript>
<script src="/console.js" data-refresh-seconds="${REFRESH_SECONDS}" defer></script>
<title>Trace alerts</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere } td:nth-child(-n+4) { overflow-wrap: normal }
.firing { color: #c00; font-weight: 600 } .pending { color: #a60 } code { overflow-wrap: anywhere }
:root { color-scheme: light dark }
</style>
<h1>Trace alerts</h1>
<p><button data-change="/api/v1/test-alert">Send a test alert</button> <button data-change="/-/reload">Reload the rules</button> <output></output></p>
<dialog><form method="dialog"><p><label>Changes need the API’s token: <input name="token" type="password" autocomplete="off" required></label> <button>Use it</button></form></dialog>
<main>
<p>${alerts.length === 0 ? 'Nothing is wrong that a rule knows of.' : `${alerts.length} active.`} ${now.toISOString()}</p>
${alerts.length === 0 ? '' : table(['Alert', 'State', 'Value', 'Since', 'At hand'], alerts.map(alertRow))}
<h2>Rules</h2>
${table(
  ['Rule', 'State', 'Condition'],
  groups.flatMap((group) =>
    group.rules.map(
      (rule) =>
        markup`<tr id="${rule.name}"><td>${rule.name}<td class="${rule.state}">${rule.state}<td><code>${rule.query}</code>`,
    ),
  ),
)}
<h2>Notifications</h2>
${latest.length === 0 ? markup`<p>None yet.</p>` : table(['Created', 'Receiver', 'Outcome', 'Alerts'], latest.map(notificationRow))}
</main>
<p><a href="/api/v1/rules">rules</a> · <a href="/api/v1/alerts">alerts</a> · <a href="/api/v1/notifications">notifications</a> · <a href="/metrics">metrics</a></p>
</html>
`.html;
}

function alertRow({ labels, annotations, state, activeAt }: ApiAlert): Html {
  const links = Object.entries(annotations).map(
    ([name, value]) => markup`<div>${name}: ${linked(value)}</div>`,
  );
  return markup`<tr><td>${showLabels(labels)}<td class="${state}">${state}<td>${annotations.value ?? ''}<td>${activeAt}<td>${links}`;
}

function notificationRow({ createdAtEpochMillis, receiver, outcome, alerts }: Notification): Html {
  const told = alerts.map(({ status, labels }) => markup`<div>${status}: ${showLabels(labels)}</div>`);
  return markup`<tr><td>${new Date(createdAtEpochMillis).toISOString()}<td>${receiver}<td>${outcome}<td>${told}`;
}

function table(headings: readonly string[], rows: readonly Html[]): Html {
  return markup`<table><tr>${headings.map((heading) => markup`<th>${heading}`)}${rows}</table>`;
}

function showLabels({ alertname = '', ...labels }: Readonly<Record<string, string>>): string {
  return [alertname, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)].join(' ');
}

/** Only what is plainly a web address becomes a link: annotations come from telemetry. */
function linked(value: string): Html {
  return /^https?:\/\/\S+$/.test(value)
    ? markup`<a href="${value}" rel="noreferrer">${value}</a>`
    : markup`${value}`;
}

/** Escapes all that is put into it, but what was made by itself. */
function markup(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const parts = strings.map((text, index) => {
    const value = values[index];
    return text + (value === undefined ? '' : render(value));
  });
  return { html: parts.join('') };
}

function render(value: string | number | Html | readonly Html[]): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return 'html' in value ? value.html : value.map((part) => part.html).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
