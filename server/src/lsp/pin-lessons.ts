import type { Clock } from "../base/clock.ts";
import type { Problem } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { PinChange } from "../nix/edit.ts";
import type { Assessment } from "../pins/assess.ts";
import type { PinCheck } from "../pins/check.ts";
import { labelOf } from "../pins/label.ts";
import type { PinUpdate } from "../pins/update.ts";
import type { PinVerification } from "../pins/verify.ts";
import { type BackOff, isOfRegistry } from "./back-off.ts";
import { knowledgeKeyOf } from "./pin-identity.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinView } from "./pin-view.ts";

/** Takes what operations found into what is known of pins and of registries. */
export interface PinLessons {
  checked(view: PinView, check: PinCheck): void;
  updated(view: PinView, update: PinUpdate): void;
  verified(view: PinView, verification: PinVerification): void;
  failed(view: PinView, problem: Problem): void;
}

export function createPinLessons(knowledge: PinKnowledgeStore, backOff: BackOff, clock: Clock, log: Log): PinLessons {
  const heard = ({ pin, assessment: { image } }: PinView, problem: Problem | null) => {
    // A lens has room for a few words only.
    if (problem !== null) log.info(`${labelOf(pin)} (${pin.file}:${pin.line}): ${problem.message} [${problem.code}]`);
    if (image !== null) backOff.learn(image.target.repository.registry, problem);
  };

  /** What the pin will say once it is edited is what the registry has. */
  const learnOfEdit = ({ assessment }: PinView, change: PinChange) => {
    const key = knowledgeKeyOf(assessment);
    const newKey = knowledgeKeyOf(editedAssessment(assessment, change));
    if (key === null || newKey === null || newKey === key) return;
    const { newFacts } = knowledge.get(key);
    const result = { status: "fresh", problem: null, newDigest: null } as const;
    knowledge.set(newKey, {
      check: { result, at: clock.now() },
      failure: null,
      facts: newFacts?.digest === change.imageDigest ? newFacts : null,
    });
  };

  const lessons: PinLessons = {
    checked(view, { status, problem, newDigest }) {
      const key = knowledgeKeyOf(view.assessment);
      if (key === null) return;
      // A tag that is not there is an answer, not a failure.
      const failure = status === "unknown" && problem?.code !== "tag-not-found" ? problem : null;
      heard(view, failure);
      const before = knowledge.get(key).check;
      // A registry that can't be asked now takes nothing back of what it said.
      const keepsWord = failure !== null && isOfRegistry(failure) && before !== null;
      const check = keepsWord ? before : { result: { status, problem, newDigest }, at: clock.now() };
      knowledge.set(key, { check, failure });
    },
    updated(view, { pin, outcome, status, problem, change }) {
      const { assessment } = view;
      const key = knowledgeKeyOf(assessment);
      if (key === null || assessment.image === null) return;
      if (outcome === "failed") {
        if (problem !== null) lessons.failed(view, problem);
        return;
      }
      if (change === null) {
        lessons.checked(view, { pin, status, problem: outcome === "unchanged" ? null : problem, newDigest: null });
        return;
      }
      heard(view, null);
      knowledge.set(key, { failure: null });
      for (const [index, variant] of view.variants.entries()) {
        const own = change.variants?.[index];
        if (own !== undefined) learnOfEdit(variant, own);
      }
      learnOfEdit(view, change);
    },
    verified(view, verification) {
      const key = knowledgeKeyOf(view.assessment);
      if (key === null) return;
      const { pin: _, ...known } = verification;
      if (known.status === "unknown" && known.problem !== null) {
        lessons.failed(view, known.problem);
        return;
      }
      heard(view, null);
      knowledge.set(key, { verification: known, failure: null });
    },
    failed(view, problem) {
      const key = knowledgeKeyOf(view.assessment);
      heard(view, problem);
      if (key !== null) knowledge.set(key, { failure: { code: problem.code, message: problem.message } });
    },
  };
  return lessons;
}

function editedAssessment(assessment: Assessment, change: PinChange): Assessment {
  const { image, variants } = assessment;
  return {
    ...assessment,
    image: image === null ? null : { ...image, digest: change.imageDigest, hash: change.hash },
    variants: variants.map((variant, index) => editedAssessment(variant, change.variants?.[index] ?? change)),
  };
}
