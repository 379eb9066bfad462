import { TextDocument } from "vscode-languageserver-textdocument";
import type { Position, Range } from "vscode-languageserver-types";
import type { Problem } from "../../../../server/src/base/errors.ts";
import { DIAGNOSTIC_CODES, type DiagnosticCode } from "../../../../server/src/lsp/diagnostic-codes.ts";
import type { PinView } from "../../../../server/src/lsp/pin-view.ts";
import { applyEdits } from "../../../../server/src/nix/edit.ts";
import type { Pin, TextEdit } from "../../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../../server/src/nix/reading.ts";
import { type Digest, digestOf } from "../../../../server/src/oci/digest.ts";
import { type Assessment, assessPin } from "../../../../server/src/pins/assess.ts";
import type { ImageFacts } from "../../../../server/src/pins/facts.ts";
import type { PinStatus } from "../../../../server/src/pins/status.ts";
import type { PrefetchProgress } from "../../../../server/src/prefetch/prefetch.ts";
import { nixParser } from "../../../support/nix-parser.ts";

export const URI = "file:///config/image.nix";
export const OLD = digestOf(Buffer.from("old"));
export const NEW = digestOf(Buffer.from("new"));
export const SRI = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
export const BASE32 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
/** 24 November 2026, noon. */
export const NOW = Date.UTC(2026, 10, 24, 12);
export const DAY = 24 * 60 * 60 * 1000;

/** A complete pin of nginx 1.27, by its old digest. */
export const NGINX = `{ pkgs }:
{
  nginx = pkgs.dockerTools.pullImage {
    imageName = "nginx";
    imageDigest = "${OLD}";
    hash = "${SRI}";
    finalImageTag = "1.27";
  };
}
`;

/** The same as the image of a container. */
export const CONTAINER = `{ pkgs, ... }:
{
  virtualisation.oci-containers.containers.web = {
    image = "nginx:1.27";
    imageFile = pkgs.dockerTools.pullImage {
      imageName = "nginx";
      imageDigest = "${OLD}";
      hash = "${SRI}";
      finalImageTag = "1.27";
    };
  };
}
`;

/** What is known of all pins of a text, or what a function of each pin says. */
export type Knowledge = Partial<PinView> | ((pin: Pin) => Partial<PinView>);

export interface Opened {
  readonly document: TextDocument;
  readonly text: string;
  readonly views: readonly PinView[];
  /** The first. */
  readonly view: PinView;
  /** Where the text has a `¦`; its beginning when it has none. */
  readonly cursor: Position;
}

/** A document whose pins were read by the reader itself, and what is known of them. */
export function opened(marked: string, knowledge: Knowledge = {}): Opened {
  const at = marked.indexOf("¦");
  const text = marked.replace("¦", "");
  const document = TextDocument.create(URI, "nix", 7, text);
  const views = viewsOf(text, knowledge);
  const [view] = views;
  if (view === undefined) throw new Error(`no pin in ${text}`);
  return { document, text, views, view, cursor: document.positionAt(Math.max(0, at)) };
}

export function viewsOf(text: string, knowledge: Knowledge = {}): PinView[] {
  const viewOf = (assessment: Assessment, id: string): PinView => ({
    id,
    pin: assessment.pin,
    assessment,
    variants: assessment.variants.map((variant) => viewOf(variant, id)),
    ignoredBySetting: false,
    check: null,
    verification: null,
    activity: null,
    failure: null,
    facts: null,
    newFacts: null,
    credentialSource: null,
    ...(typeof knowledge === "function" ? knowledge(assessment.pin) : knowledge),
  });
  return readNixFile(nixParser, URI, text).pins.map((pin, index) =>
    viewOf(assessPin(pin, { platform: null, tlsVerify: true }), `pin ${index}`),
  );
}

/** That a check said this, two minutes ago. */
export function checked(status: PinStatus, newDigest: Digest | null = null, problem: Problem | null = null): Knowledge {
  return (pin) => ({ check: { result: { pin, status, newDigest, problem }, at: NOW - 120_000 } });
}

export const STALE = checked("stale", NEW, { code: "digest-stale", message: "The tag moved." });
export const FRESH = checked("fresh");

export function both(...knowledge: readonly Knowledge[]): Knowledge {
  return (pin) => Object.assign({}, ...knowledge.map((one) => (typeof one === "function" ? one(pin) : one)));
}

/** That a verification found another hash. */
export function wrongHash(computedHash: Digest): Knowledge {
  const problem = { code: "hash-mismatch", message: "The hash is another." } as const;
  return (pin) => ({ verification: { pin, status: "wrongHash", problem, computedHash, warnings: [] } });
}

export function progress(receivedBytes: number, totalBytes: number, waiting: string | null = null): PrefetchProgress {
  return { receivedBytes, totalBytes, layersDone: 0, layersTotal: 1, waiting };
}

export function facts(more: Partial<ImageFacts> = {}): ImageFacts {
  return {
    digest: OLD,
    kind: "image",
    created: "2026-11-20T12:00:00Z",
    compressedSize: 45_200_000,
    archiveSize: null,
    layers: 3,
    platforms: [],
    labels: {},
    ...more,
  };
}

/** All on. */
export const SETTINGS = {
  diagnostics: Object.fromEntries(DIAGNOSTIC_CODES.map((code) => [code, true])) as Record<DiagnosticCode, boolean>,
};

/** What stands in a range of a document. */
export function textIn({ document }: Opened, range: Range): string {
  return document.getText(range);
}

/** The text with edits made, which must fit it. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  return applyEdits(text, edits);
}
