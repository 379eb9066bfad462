import * as l10n from "@vscode/l10n";
import { mapConcurrently } from "../base/concurrency.ts";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { printRepository } from "../oci/reference.ts";
import { type Accounts, isAccount } from "./accounts.ts";
import { type PinPlace, placesIn } from "./many-pins.ts";
import type { PinDocuments } from "./pin-documents.ts";
import { knowledgeKeyOf } from "./pin-identity.ts";
import type { PinOperations } from "./pin-operations.ts";
import type { PinView } from "./pin-view.ts";
import type { TryAccountParams, TryAccountResult } from "./protocol.ts";
import type { RegistryAccess } from "./registry-access.ts";
import type { SettingsStore } from "./settings-store.ts";
import { accountHostOf, targetOfPlace } from "./sign-in-place.ts";
import type { SignIns } from "./sign-ins.ts";

/** What the client's sign-in needs of the server. */
export interface SigningIn {
  /** Asks the registry with an account, which is used from then on if the registry takes it. Throws `workspace-untrusted`. */
  tryAccount(params: TryAccountParams, signal: AbortSignal): Promise<TryAccountResult>;
  /** Uses the accounts that the client has now for these hosts, and asks anew about the pins that were asked about. */
  changed(hosts: readonly string[]): Promise<void>;
}

interface Parts {
  readonly accounts: Accounts;
  readonly signIns: SignIns;
  readonly access: RegistryAccess;
  readonly documents: Pick<PinDocuments, "known">;
  readonly operations: Pick<PinOperations, "check">;
  readonly settings: SettingsStore;
  readonly log: Log;
  /** Aborted when the client goes. */
  readonly signal: AbortSignal;
}

/** Answers that only who may read the repository gets. */
const ANSWERS: readonly string[] = ["tag-not-found", "registry-not-found", "digest-gone"];

export function createSigningIn(parts: Parts): SigningIn {
  const { accounts, signIns, access, documents, operations, settings, log, signal: ended } = parts;
  return {
    async tryAccount({ place, account }, signal) {
      const asked = isAccount(account) ? targetOfPlace(place) : null;
      if (asked === null) throw new CodedError("usage", "An account is tried with a tag of a repository.");
      const { target, tag } = asked;
      const current = await settings.of(place.uri);
      const registry = access.registry(current);
      // The settings may have changed since the user was asked: the account is for the host that they saw.
      if (accountHostOf(target, await access.rules(current.registries)) !== account.host) {
        throw new CodedError(
          "usage",
          `${account.host} is not where the images of ${place.registry} are from any more.`,
        );
      }
      try {
        await accounts.attempt(account, async () => {
          registry.forget(target);
          await registry.resolve(target, tag, { signal }).catch((error: unknown) => {
            if (!(error instanceof CodedError && ANSWERS.includes(error.code))) throw error;
          });
        });
        return { problem: null };
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        if (error.code !== "registry-unauthorized") return { problem: error.message };
        // Its advice is to sign in.
        log.info(error.message);
        return {
          problem: l10n.t(
            "{0} does not let this account read {1}: check the user name, the password and the image's name.",
            ...[account.host, printRepository(target.repository)],
          ),
        };
      }
    },
    async changed(hosts) {
      accounts.changed(hosts);
      signIns.changed(hosts);
      if (!access.isOpen()) return;
      const { places } = placesIn(await documents.known());
      const isConcerned = async ({ document, view }: PinPlace) => {
        const { image } = view.assessment;
        if (image === null || !wasAsked(view)) return false;
        const host = accountHostOf(image.target, await access.rules(document.settings.registries));
        return host !== null && hosts.includes(host);
      };
      const areConcerned = await Promise.all(places.map(isConcerned));
      const concerned = places.filter((_, index) => areConcerned[index]);
      const distinct = new Map(concerned.map((place) => [knowledgeKeyOf(place.view.assessment), place]));
      await mapConcurrently([...distinct.values()], Number.POSITIVE_INFINITY, ({ document, view }) =>
        operations.check(view, { settings: document.settings, signal: ended, isFresh: true, isAttended: false }),
      );
    },
  };
}

/** What runs now is left to run: it may be what the user has signed in for. */
function wasAsked({ activity, check, failure }: PinView): boolean {
  return activity === null && (check !== null || failure !== null);
}
