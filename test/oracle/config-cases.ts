import { addImage, gzipLayer, type ImageFormat } from "../support/images/image.ts";
import { randomBytes, seededRandom } from "../support/images/random.ts";
import { randomConfig } from "../support/images/random-config.ts";
import type { AgreementCase } from "./agreement.ts";

/** Configs of which skopeo copies seven attributes into the legacy metadata, byte for byte but for white space. */
const CONFIGS: Readonly<Record<string, string | Uint8Array>> = {
  "an empty config": "{}",
  "a null config": "null",
  "a null config in white space": " \r\n\tnull\n",
  "all seven attributes null":
    '{"architecture":null,"config":null,"container":null,"container_config":null,"created":null,"docker_version":null,"os":null}',
  "attributes of any type":
    '{"architecture":1,"config":[true,false,null],"container":{"a":{}},"container_config":"","created":-0,"docker_version":[],"os":{}}',
  "white space everywhere": '{ "os" :\t"linux" ,\r\n "config" : { "Env" : [ "A = B" , "C" ] , "Cmd" : null } }\n',
  "spellings of numbers": '{"config":[1.0e5,-0,0.10,1E+2,12345678901234567890,1e-400]}',
  "escapes in strings": '{"config":{"a":"\\/\\u003c\\u00e9\\ud83d\\ude00\\n\\"\\\\"}}',
  "lone surrogates": '{"config":{"a":"\\ud800","b":"\\udc00\\ud800"}}',
  "characters that Go escapes for HTML": '{"config":{"<k>":"a<b>c&d"},"os":"<&>"}',
  "line and paragraph separators": '{"config":{"a":"\u2028x\u2029","\u2028":1},"os":"\u2029"}',
  "text outside ASCII": '{"config":{"a":"héllo 世界 😀"},"os":"\u007f"}',
  "bytes that are not UTF-8": Buffer.concat([
    Buffer.from('{"config":{"a":"'),
    Buffer.from([0xff, 0xc3, 0x28, 0xe2, 0x80, 0xf0, 0x9f]),
    Buffer.from('"},"os":"'),
    Buffer.from([0xe2, 0x80, 0x22]),
    Buffer.from("}"),
  ]),
  "attributes twice": '{"os":"a","os":"b","config":{"x":1,"x":2},"config":{"y":1}}',
  "an attribute's name escaped": '{"arch\\u0069tecture":"escaped","\\u006fs":"x"}',
  "an attribute twice, once escaped": '{"os":"plain","\\u006fs":"escaped"}',
  "names in another case": '{"OS":"upper","Architecture":"a","CONFIG":{}}',
  "names that the metadata uses itself": '{"id":"i","parent":"p","layer_id":"l","os":"x"}',
  "names of object members": '{"__proto__":{"os":"p"},"constructor":1,"toString":2,"os":"x"}',
  "attributes that are not copied":
    '{"variant":"v8","os.version":"10","author":"a","history":[{"created_by":"<b>"}],"rootfs":{"type":"layers","diff_ids":[]}}',
  "a deep config": `{"config":${"[".repeat(500)}1${"]".repeat(500)}}`,
  "a config of 100 kB": JSON.stringify({
    os: "linux",
    config: {
      Labels: Object.fromEntries(Array.from(randomBytes(3, 2000), (n, i) => [`<label.${i}>`, `${n}`.repeat(9)])),
    },
  }),
};

const FORMATS: readonly ImageFormat[] = ["oci", "docker"];

export const configCases: readonly AgreementCase[] = Object.entries(CONFIGS).map(([name, config], position) => ({
  name,
  store: (repository) =>
    addImage(repository, {
      format: FORMATS[position % 2] ?? "oci",
      config,
      layers: [gzipLayer("below"), gzipLayer("above")],
    }),
}));

/** Configs that nobody thought of. */
export const randomConfigCases: readonly AgreementCase[] = Array.from({ length: 60 }, (_, seed) => ({
  name: `random config ${seed}`,
  store: (repository) => {
    const below = seededRandom(seed + 1);
    return addImage(repository, {
      format: "oci",
      config: randomConfig(below),
      layers: [gzipLayer("a"), gzipLayer("b")],
    });
  },
}));

/** Configs that skopeo reads and can't take. */
const BAD_CONFIGS: Readonly<Record<string, string>> = {
  "an array for a config": "[]",
  "a string for a config": '"{}"',
  "a number for a config": "1",
  "a byte order mark": "\ufeff{}",
  "a truncated config": '{"os":"linux"',
  "two configs": "{}{}",
  "a trailing comma": '{"os":"linux",}',
  "single quotes": "{'os':'linux'}",
  "a control character in a string": '{"os":"a\u0001"}',
  "a number with a leading zero": '{"config":01}',
  "no bytes for a config": "",
};

export const badConfigCases: readonly AgreementCase[] = [
  ...Object.entries(BAD_CONFIGS).map(
    ([name, config]): AgreementCase => ({
      name,
      store: (repository) => addImage(repository, { format: "oci", config, layers: [gzipLayer("layer")] }),
      refused: ["config-malformed", /writing manifest/],
    }),
  ),
  {
    name: "an array for a config that skopeo has no reason to read, since there are no layers",
    store: (repository) => addImage(repository, { format: "oci", config: "[]", layers: [] }),
    onlyWeRefuse: "config-malformed",
  },
];
