// Writes the code of the CloudFront Functions into template.yaml.
import { readFileSync, writeFileSync } from "node:fs";
import { NAMES, code } from "./code.mjs";

const template = new URL("../template.yaml", import.meta.url);
let text = readFileSync(template, "utf8");
for (const name of NAMES) {
  const before = new RegExp(`(Name: !Sub "\\$\\{AWS::StackName\\}-${name}"[^]*?FunctionCode: \\|-\\n +)[^\\n]+`);
  // A function: in a text `$&` would stand for what was found.
  text = text.replace(before, (_, start) => start + code(name));
}
writeFileSync(template, text);
