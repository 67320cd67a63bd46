const OPERATIONS = ['create', 'read', 'update', 'delete'];
const REFRESH_MILLIS = 500;
const SECONDS = 60;
const [WIDTH, HEIGHT] = [600, 160];

const byId = (id) => document.getElementById(id);
const form = byId('settings');
const number = new Intl.NumberFormat('en');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  say('Starting …');
  await ask('POST', settingsOf(new FormData(form)));
});
byId('stop').addEventListener('click', async () => {
  say('Stopping …');
  await ask('DELETE');
});

function settingsOf(data) {
  const numberOf = (name) => Number(data.get(name));
  return {
    lines_per_second: numberOf('lines_per_second'),
    duration_seconds: numberOf('duration_seconds'),
    mix: Object.fromEntries(OPERATIONS.map((operation) => [operation, numberOf(operation)])),
    error_share: numberOf('error_percent') / 100,
    users: numberOf('users'),
    addresses: numberOf('addresses'),
    format: data.get('format'),
    destination: data.get('destination'),
  };
}

/** Asks the simulator, and shows what it answers. */
async function ask(method, settings) {
  try {
    const response = await fetch('simulation', {
      method,
      ...(settings && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(settings),
      }),
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else say(problemText(answer), 'problem');
  } catch {
    say('The simulator does not answer.', 'problem');
  }
}

function problemText({ detail, errors = [] }) {
  return [detail, ...errors.map(({ pointer, detail: what }) => `${pointer}: ${what}`)].join(' ');
}

function say(text, kind = '') {
  const message = byId('message');
  // A text that stays the same is not read out again.
  if (message.textContent !== text) message.textContent = text;
  message.className = kind;
}

function show(state) {
  byId('start').disabled = state.running;
  byId('stop').disabled = !state.running;
  const dropped = Object.entries(state.lines_dropped).filter(([, count]) => count > 0);
  put('made', state.lines_made);
  put('delivered', state.lines_delivered);
  put(
    'dropped',
    dropped.reduce((sum, [, count]) => sum + count, 0),
  );
  put('waiting', state.lines_waiting);
  put('errors', state.errors);
  for (const operation of OPERATIONS) put(operation, state.made_by_operation[operation]);
  draw(state.series);
  showLines(state.last_lines);
  const why = dropped
    .map(([reason, count]) => `${number.format(count)} ${reason.replace('_', ' ')}`)
    .join(', ');
  if (state.running) {
    say(`Running until ${new Date(state.ends_at).toLocaleTimeString()}.${why && ` Dropped: ${why}.`}`);
  } else if (state.settings !== null && byId('message').className !== 'problem') {
    say(`Ended.${why && ` Dropped: ${why}.`}`);
  }
}

function put(id, count) {
  byId(id).textContent = number.format(count);
}

function showLines(lines) {
  const view = byId('lines');
  const atEnd = view.scrollTop + view.clientHeight >= view.scrollHeight - 4;
  view.textContent = lines.join('\n');
  if (atEnd) view.scrollTop = view.scrollHeight;
}

/** A bar a second, the newest at the right, its parts the operations. */
function draw(series) {
  const most = Math.max(1, ...series.map(({ made }) => total(made)));
  const width = WIDTH / SECONDS;
  const bars = series.flatMap(({ made }, index) => {
    let top = HEIGHT;
    return OPERATIONS.map((operation) => {
      const height = (made[operation] / most) * HEIGHT;
      top -= height;
      const x = WIDTH - (series.length - index) * width;
      return rect(operation, { x, y: top, width: width - 1, height });
    });
  });
  byId('chart').replaceChildren(...bars);
  byId('scale').textContent = series.length === 0 ? '' : `Tallest: ${number.format(most)} lines`;
}

function total(made) {
  return OPERATIONS.reduce((sum, operation) => sum + made[operation], 0);
}

function rect(operation, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  element.setAttribute('class', operation);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

async function refresh() {
  if (!document.hidden) await ask('GET');
  setTimeout(refresh, REFRESH_MILLIS);
}
void refresh();
