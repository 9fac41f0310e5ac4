/** One column, readable on a phone first. Colours are said once for light and once for dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f8;
  --paper: #ffffff;
  --text: #16202c;
  --quiet: #556273;
  --line: #d9dfe7;
  --edge: #76828f;
  --accent: #1d4fd7;
  --accent-strong: #173fb0;
  --on-accent: #ffffff;
  --wrong: #b3261e;
  --wrong-ground: #fdf3f2;
  --shadow: 0 1px 2px rgb(16 32 56 / 6%), 0 12px 32px rgb(16 32 56 / 8%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117;
    --paper: #161c25;
    --text: #e9edf2;
    --quiet: #a5b0be;
    --line: #2b3543;
    --edge: #7d8a9a;
    --accent: #8fb2ff;
    --accent-strong: #b4cbff;
    --on-accent: #0b1530;
    --wrong: #ffa79d;
    --wrong-ground: #2a1917;
    --shadow: none;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { text-size-adjust: 100%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--paper);
  color: var(--text);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  overflow-wrap: break-word;
}
.page { display: flex; flex-direction: column; max-width: 35rem; min-height: 100vh; min-height: 100dvh; margin: 0 auto; }
header { display: flex; align-items: center; gap: 0.75rem; padding: 1.25rem 1.25rem 0; }
header img { display: block; height: 2.5rem; width: auto; max-width: 10rem; object-fit: contain; }
header p { margin: 0; min-width: 0; font-weight: 600; color: var(--quiet); }
main { padding: 1.75rem 1.25rem 2rem; }
h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; text-wrap: balance; }
h2 { margin: 0 0 0.5rem; font-size: 1.125rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
a:hover { color: var(--accent-strong); }
:focus-visible, .problem:focus { outline: 3px solid var(--accent); outline-offset: 2px; }

form { margin: 1.5rem 0 0; }
.field { margin: 0 0 1.5rem; }
label { display: block; margin: 0 0 0.25rem; font-weight: 600; }
.hint { margin: 0 0 0.5rem; color: var(--quiet); font-size: 1rem; }
.error { margin: 0 0 0.5rem; color: var(--wrong); font-weight: 600; }
.wrong { padding-inline-start: 1rem; border-inline-start: 4px solid var(--wrong); }
input {
  width: 100%;
  min-width: 0;
  min-height: 3rem;
  padding: 0.5rem 0.875rem;
  border: 1px solid var(--edge);
  border-radius: 0.625rem;
  background: var(--paper);
  color: inherit;
  font: inherit;
}
input[readonly] { background: var(--ground); border-color: var(--line); }
.wrong input { border: 2px solid var(--wrong); }
.beside { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.beside input { flex: 1 1 14rem; width: auto; }
#meter { min-height: 1.55em; margin: 0.375rem 0 0; }

button, .button {
  display: block;
  width: 100%;
  min-height: 3rem;
  padding: 0.6875rem 1.5rem;
  border: 1px solid transparent;
  border-radius: 0.625rem;
  font: inherit;
  font-weight: 600;
  line-height: 1.5;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
.primary, .primary:hover { background: var(--accent); color: var(--on-accent); }
.primary:hover { background: var(--accent-strong); }
.second, #show { background: transparent; border-color: var(--edge); color: var(--text); }
.second:hover, #show:hover { border-color: var(--accent); color: var(--accent); }
#show { width: auto; flex: 0 1 auto; padding-inline: 1rem; }
[hidden] { display: none !important; }
.button { margin: 0.5rem 0 0; }
form + form, form + .button { margin-top: 0.75rem; }
.button + form { margin-top: 0.75rem; }
.aside { margin: 1.25rem 0 0; }
.aside a { display: inline-block; padding: 0.5rem 0; }

.problem {
  margin: 0 0 1.75rem;
  padding: 1rem 1.25rem;
  border: 2px solid var(--wrong);
  border-radius: 0.75rem;
  background: var(--wrong-ground);
}
.problem ul { margin: 0; padding: 0; list-style: none; }
.problem a { display: inline-block; padding: 0.25rem 0; color: var(--wrong); font-weight: 600; }

footer { margin-top: auto; padding: 1.25rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: 1rem; }
footer p { margin: 0 0 0.5rem; }
footer ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; padding: 0; list-style: none; }
footer li > * { display: inline-block; padding: 0.625rem 0; min-width: 2.75rem; }
footer span { font-weight: 600; color: var(--text); }

@media (min-width: 38rem) {
  body { background: var(--ground); }
  .page { padding: 3rem 0 2rem; }
  header { padding: 0 0.25rem 1.25rem; }
  main { padding: 2.5rem; border-radius: 1rem; background: var(--paper); box-shadow: var(--shadow); }
  button, .button { display: inline-block; width: auto; }
  footer { margin-top: 1.5rem; padding: 0 0.25rem; border: 0; }
}
@media (forced-colors: active) {
  .primary { border-width: 3px; }
}
@media (forced-colors: active) and (min-width: 38rem) {
  main { border: 1px solid CanvasText; }
}
`
