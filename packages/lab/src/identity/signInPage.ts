import type { Person } from './people.ts';

const STYLE = `
:root { color-scheme: light dark }
body { font: 1rem/1.45 system-ui, sans-serif; max-width: 28rem; margin: 2rem auto; padding: 0 1rem; color: #1f2933; background: #f5f7fa }
h1 { font-size: 1.5rem; margin: 0 0 1rem }
.note { background: #fff4d6; color: #513c06; border: 1px solid #b7791f; border-radius: .4rem; padding: .6rem .8rem }
ul { list-style: none; margin: 0; padding: 0 }
button { display: block; width: 100%; text-align: left; font: inherit; margin: .6rem 0; padding: .7rem .9rem; color: inherit; background: #fff; border: 1px solid #7b8794; border-radius: .4rem; cursor: pointer }
button:hover { background: #e6f0fb }
button:focus-visible { outline: 3px solid #1a6fd4; outline-offset: 2px }
.about { display: block; color: #52606d; font-size: .9rem }
@media (prefers-color-scheme: dark) {
  body { color: #e4e7eb; background: #1f2933 }
  button { background: #323f4b; border-color: #9aa5b1 }
  button:hover { background: #3e4c59 }
  .about { color: #cbd2d9 }
}`;

/** HTML of the page that asks who one is. */
export function signInPage(people: Iterable<Person>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demo sign-in: who are you?</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Who are you?</h1>
<p class="note" role="note"><strong>This is a demo.</strong> There are no passwords: choose a person to sign in as. Never use it with real data.</p>
<form method="post">
<ul>
${[...people].map(choice).join('\n')}
</ul>
</form>
</main>
</body>
</html>`;
}

function choice(person: Person): string {
  return `<li><button name="person" value="${escape(
    person.name,
  )}"><strong>${escape(
    person.displayName,
  )}</strong> <span class="about">${escape(person.email)} · ${escape(
    person.groups.join(', '),
  )}</span></button></li>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
