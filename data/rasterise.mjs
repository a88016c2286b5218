// Draws the SVG files of a folder as PNG files of 64 pixels, by resvg: rasterise.mjs RESVG-PACKAGE FROM TO
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [resvg, from, to] = process.argv.slice(2);
const { initWasm, Resvg } = await import(pathToFileURL(path.resolve(resvg, "index.mjs")));
await initWasm(fs.readFileSync(path.join(resvg, "index_bg.wasm")));

const isTone = name => /1f3f[b-f]/.test(name);      // a variation of the skin's tone, which no split has
fs.mkdirSync(to, { recursive: true });
for (const name of fs.readdirSync(from).filter(name => name.endsWith(".svg") && !isTone(name))) {
  const drawing = new Resvg(fs.readFileSync(path.join(from, name), "utf8"), { fitTo: { mode: "width", value: 64 } });
  const picture = drawing.render();
  fs.writeFileSync(path.join(to, name.replace(/svg$/, "png")), picture.asPng());
  picture.free();
  drawing.free();
}
