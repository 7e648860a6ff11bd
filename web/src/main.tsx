import { render } from "preact";

render(<p>Tributary</p>, document.getElementById("app")!);
