// What a label or CSS selector names. Put before the script that needs it.

const plain = text => (text ?? '').replace(/\s+/g, ' ').trim();

// The name of a control as a person reads or hears it: the order is that of the accessible name computation.
function nameOf(element) {
  if (!element || element === document.body) return '';
  const by = element.getAttribute('aria-labelledby');
  if (by) return plain(by.split(/\s+/).map(id => document.getElementById(id)?.innerText).join(' '));
  const label = element.labels?.[0];
  const isButton = element.matches('input[type=submit], input[type=button], input[type=reset]');
  return plain(element.getAttribute('aria-label'))
    || plain(label?.innerText)
    || (isButton ? plain(element.value) : '')
    || (element.matches('input, textarea, select') ? '' : plain(element.innerText))
    || plain(element.getAttribute('alt'))
    || plain(element.querySelector('img[alt]')?.alt)
    || plain(element.title)
    || plain(element.placeholder);
}

// Those that can be seen. A field for files may be hidden behind its label.
function find(target) {
  const controls = 'a[href], button, input, select, textarea, summary, [role], [tabindex]';
  const canBeSeen = element => element.matches('input[type=file]')
    || element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  let found = [...document.querySelectorAll(controls)].filter(element => nameOf(element) === plain(target));
  if (found.length === 0) {
    try { found = [...document.querySelectorAll(target)]; } catch { /* A label need not be a selector. */ }
  }
  return found.filter(canBeSeen);
}
