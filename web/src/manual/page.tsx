// ManualPage is made in its own module, loaded when it is first shown.
export function ManualPage() {
  return <h1>Manual</h1>;
}
