// `npm run screenshots`: plays the scenes of the editor suite and puts the pictures that README and walkthrough show where
// they belong.
import { copyFile, mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root, run } from "./bootstrap.mjs";

const PICTURES = {
  lens: ["docs/images/lens.png", "media/walkthrough/lens.png"],
  hover: ["docs/images/hover.png"],
  "update-all": ["docs/images/update-all.png"],
  preview: ["media/walkthrough/update-all.png"],
  settings: ["media/walkthrough/settings.png"],
};
/** Bytes: what readers and the package have to carry. */
const LIMIT = 200_000;

const env = { ...process.env, DOCKPIN_SHARP_PICTURES: "true" };
if ((await run(process.execPath, [join(root, "scripts", "test.mjs"), "editor"], { env })) !== 0) process.exit(1);
for (const [name, copies] of Object.entries(PICTURES)) {
  const picture = join(root, "build", "screenshots", `${name}.png`);
  const { size } = await stat(picture);
  if (size >= LIMIT) {
    console.error(`${picture} has ${size} bytes; ${LIMIT} is too many. Show less of the window.`);
    process.exitCode = 1;
  }
  for (const copy of copies) {
    await mkdir(dirname(join(root, copy)), { recursive: true });
    await copyFile(picture, join(root, copy));
  }
}
