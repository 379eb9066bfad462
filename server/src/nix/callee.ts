import type { Evaluation } from "./evaluation.ts";
import type { Callee } from "./pin.ts";
import type { SyntaxNode } from "./syntax.ts";
import { systemOfPackages } from "./systems.ts";

/** A function that consumes a pin. */
export interface Consumer {
  readonly callee: Callee;
  /** Whether its name or what the name stands for says where it is from, so that it can't be an unrelated function. */
  readonly certain: boolean;
  /** The Nix system of the package set that it is from, as `legacyPackages.aarch64-linux` says it; null if nothing does. */
  readonly system: string | null;
}

/**
 * Which function of nixpkgs or nix2container an expression is, by its last name and by the words before it or before what
 * it stands for (`inherit (n2c) pullImage`); null when it is none of them.
 */
export function consumerOf(evaluation: Evaluation, expression: SyntaxNode): Consumer | null {
  const value = evaluation.evaluate(expression, evaluation.scopeAt(expression));
  const written = evaluation.textOf(expression).split(".");
  return consumerOfPath(evaluation, value.kind === "unknown" && value.path !== null ? value.path : written, written);
}

/** As `consumerOf` of what an expression stands for and of the words that it is written in. */
export function consumerOfPath(
  evaluation: Evaluation,
  path: readonly string[],
  written: readonly string[],
): Consumer | null {
  const names = [path.at(-1), written.at(-1)];
  const system = firstSystem(path);
  const fromManifest = names.includes("pullImageFromManifest");
  if (!fromManifest && !names.includes("pullImage")) {
    const isExtra = evaluation.extraCallees.some((extra) => endsWith(path, extra) || endsWith(written, extra));
    return isExtra ? { callee: "dockerTools.pullImage", certain: true, system } : null;
  }
  const words = [...path, ...written].join(".").toLowerCase();
  const isNix2container = /nix2container|\bn2c\b/.test(words);
  if (fromManifest) return { callee: "nix2container.pullImageFromManifest", certain: true, system };
  if (isNix2container) return { callee: "nix2container.pullImage", certain: true, system };
  return { callee: "dockerTools.pullImage", certain: words.includes("dockertools"), system };
}

function firstSystem(path: readonly string[]): string | null {
  for (const word of path) {
    const system = systemOfPackages(word);
    if (system !== null) return system;
  }
  return null;
}

/** @param reversed what a path must end with, last name first */
function endsWith(path: readonly string[], reversed: readonly string[]): boolean {
  return reversed.every((name, index) => path.at(-1 - index) === name);
}

/** A name of a consumer in a text, called or not. */
export interface ConsumerUse extends Consumer {
  readonly offset: number;
}

const ANCESTORS_LOOKED_AT = 100;
const RECEIVERS_LOOKED_AT = 10;

/**
 * The callee of a set that is no argument of a known call itself: that of the nearest call around it (`map pullImage [ … ]`,
 * `{ … } |> pullImage`), or of the function in this file that it is given to; else nix2container's if the file uses no other,
 * else that of nixpkgs.
 */
export function calleeAround(evaluation: Evaluation, node: SyntaxNode, uses: readonly ConsumerUse[]): Callee {
  let distance = 0;
  for (let at = node; at.parent !== null && distance < ANCESTORS_LOOKED_AT; at = at.parent) {
    distance++;
    for (const receiver of receiversOf(evaluation, at)) {
      const callee = consumerOf(evaluation, receiver)?.callee ?? calleeInside(evaluation, receiver, uses);
      if (callee !== null) return callee;
    }
  }
  const [first, ...others] = new Set(uses.map(({ callee }) => callee));
  return first === "nix2container.pullImage" && others.length === 0 ? first : "dockerTools.pullImage";
}

/** Functions that give on what they are given, or nothing. */
const TRANSPARENT = /^(?:mk(?:If|Default|Force|Override|Merge|Before|After)|optional(?:s|Attrs)?|singleton)$/;

/** The function that a set, or a list with it, is given to and that may add to it before it is used; null if there is none. */
export function changerOf(evaluation: Evaluation, expression: SyntaxNode): SyntaxNode | null {
  let at = expression;
  while (at.parent !== null && /^(?:list|parenthesized)_expression$/.test(at.parent.type)) at = at.parent;
  const receivers = receiversOf(evaluation, at);
  const changer = receivers.at(-1);
  if (changer === undefined || receivers.some((receiver) => consumerOf(evaluation, receiver) !== null)) return null;
  return TRANSPARENT.test(evaluation.textOf(changer).split(".").at(-1) ?? "") ? null : changer;
}

/** What an expression is given to: the function, and functions that this is given before. */
function receiversOf(evaluation: Evaluation, expression: SyntaxNode): SyntaxNode[] {
  const { parent, field } = expression;
  if (parent?.type === "binary_expression") {
    const operator = parent.child("operator");
    const isPiped = operator !== null && evaluation.textOf(operator) === (field === "left" ? "|>" : "<|");
    const receiver = isPiped ? parent.child(field === "left" ? "right" : "left") : null;
    return receiver === null ? [] : [receiver];
  }
  if (parent?.type !== "apply_expression" || field !== "argument") return [];
  const receivers: SyntaxNode[] = [];
  for (let called = parent.child("function"); called !== null; called = called.child("function")) {
    if (receivers.length === RECEIVERS_LOOKED_AT) break;
    const receiver = called.type === "apply_expression" ? called.child("argument") : called;
    if (receiver !== null) receivers.push(receiver);
  }
  return receivers;
}

/** The callee that a function written in this file mentions. */
function calleeInside(evaluation: Evaluation, receiver: SyntaxNode, uses: readonly ConsumerUse[]): Callee | null {
  const value = evaluation.evaluate(receiver, evaluation.scopeAt(receiver));
  if (value.kind !== "function") return null;
  const { start, end } = value.node;
  return uses.find(({ offset }) => start <= offset && offset < end)?.callee ?? null;
}
