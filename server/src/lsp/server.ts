import { isDeepStrictEqual } from "node:util";
import type { Connection, Diagnostic, InitializeParams } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { cachePlaceOf } from "../files/cache-place.ts";
import type { NixParser } from "../nix/reading.ts";
import { openPrefetchEngine } from "../prefetch/open-engine.ts";
import type { NetworkSettings } from "../registry/connect.ts";
import { createAccounts } from "./accounts.ts";
import { createActivities } from "./activities.ts";
import { type Announcements, createAnnouncements } from "./announcements.ts";
import { createBackOff } from "./back-off.ts";
import { type BackgroundChecks, createBackgroundChecks } from "./background-checks.ts";
import { createCheckQueue } from "./check-queue.ts";
import { type ClientSupport, readClientSupport, readInitializationOptions } from "./client-support.ts";
import { showPage } from "./commands.ts";
import { createDiskCache } from "./disk-cache.ts";
import { createDocumentReadings } from "./document-readings.ts";
import { createEditLanding, type EditLanding } from "./edit-landing.ts";
import { createEditorSources } from "./editor-sources.ts";
import type { ServerEnvironment } from "./environment.ts";
import { createFactsReader, type FactsReader } from "./facts-reader.ts";
import type { SignInPlaceOf } from "./features/code-lens.ts";
import { diagnostics } from "./features/diagnostics.ts";
import { createMessages } from "./messages.ts";
import { createPinDocuments, type PinDocument, type PinDocuments } from "./pin-documents.ts";
import { createPinKnowledge } from "./pin-knowledge.ts";
import { createPinLessons, type PinLessons } from "./pin-lessons.ts";
import { createPinOperations, type PinOperations } from "./pin-operations.ts";
import { createPinRuns, type PinRuns } from "./pin-runs.ts";
import { createPrefetchCache } from "./prefetch-cache.ts";
import { ACCOUNTS_REQUEST, CLIENT_COMMANDS } from "./protocol.ts";
import { createRegistryAccess, type RegistryAccess } from "./registry-access.ts";
import { createRegistryNotices } from "./registry-notices.ts";
import { unattended } from "./requests.ts";
import type { Settings } from "./settings.ts";
import { createSettingsStore, type SettingsStore } from "./settings-store.ts";
import { signInPlaceOf } from "./sign-in-place.ts";
import { askUserToSignIn } from "./sign-in-question.ts";
import { createSignIns, type SignIns } from "./sign-ins.ts";
import { createSigningIn, type SigningIn } from "./signing-in.ts";
import { filesOfEdit } from "./workspace-edits.ts";
import { openWorkspaceFolders, type WorkspaceFolders } from "./workspace-folders.ts";
import { createWorkspaceSurvey } from "./workspace-survey.ts";
import { createWorkspaceUpdates, type WorkspaceUpdates } from "./workspace-updates.ts";

/** What the handlers of one session work with. */
export interface Server {
  readonly support: ClientSupport;
  readonly settings: SettingsStore;
  readonly folders: WorkspaceFolders;
  readonly documents: PinDocuments;
  readonly operations: PinOperations;
  readonly lessons: PinLessons;
  readonly facts: FactsReader;
  readonly runs: PinRuns;
  readonly checks: BackgroundChecks;
  readonly landing: EditLanding;
  readonly updates: WorkspaceUpdates;
  readonly announcements: Announcements;
  readonly clock: Clock;
  readonly diagnose: (document: PinDocument) => Diagnostic[];
  /** False in Restricted Mode. */
  readonly isOnline: () => boolean;
  /** The document was opened, or its text changed. */
  readonly opened: (document: PinDocument) => void;
  readonly closed: (uri: string) => void;
  readonly changedOnDisk: (uris: readonly string[]) => void;
  /** Something outside changed that checks, lenses and the like depend on. */
  readonly lookAgain: () => void;
  readonly trust: () => void;
  /** Throws `cache-unusable` when what is on disk stays. */
  readonly clearCache: () => Promise<void>;
  /** The editor's network settings are others now. */
  readonly changeNetwork: (network: NetworkSettings) => void;
  readonly signIns: SignIns;
  readonly signingIn: SigningIn;
  readonly access: RegistryAccess;
  /** Of a document's pins; null where the client has no sign-in. */
  readonly signInPlaces: (document: PinDocument) => Promise<SignInPlaceOf>;
  readonly showPage: (uri: string) => Promise<void>;
}

/** Milliseconds between looks for checks whose time has come. */
const TICK = 60_000;
const BYTES_PER_MEGABYTE = 1_000_000;

/** What a server is made of beside its client's `initialize`. */
export interface ServerParts {
  readonly connection: Connection;
  readonly environment: ServerEnvironment;
  readonly log: Log;
  readonly texts: { get(uri: string): TextDocument | undefined; all(): TextDocument[] };
  readonly parser: Promise<NixParser>;
  /** Aborted when the client goes. */
  readonly signal: AbortSignal;
}

/** Puts the parts together for one client. */
export function createServer(parts: ServerParts, params: InitializeParams): Server {
  const { connection, environment, log, texts, parser, signal } = parts;
  const { clock, env, homeFolder, temporaryPaths } = environment;
  const attend = (work: Promise<unknown>) => unattended(log, work);
  const options = readInitializationOptions(params.initializationOptions);
  const support = readClientSupport(params);
  const settings = createSettingsStore(connection, log, support.configuration, options.settings);
  const folders = openWorkspaceFolders(params);
  const canSignIn = support.commands.has(CLIENT_COMMANDS.signIn);
  const accounts = createAccounts(async () => (canSignIn ? connection.sendRequest(ACCOUNTS_REQUEST) : []), log);
  const signIns = createSignIns(canSignIn ? (place, asking) => askUserToSignIn(connection, place, asking) : null);
  const notices = createRegistryNotices(clock, log, () => announcements.noticed());
  const diskCache = createDiskCache({
    folder: options.cacheFolder ?? cachePlaceOf({ environment: env, homeFolder, platform: process.platform }),
    sizeLimit: async () => (await settings.of(null)).cache.maxSize * BYTES_PER_MEGABYTE,
    ...{ clock, log },
  });
  const access = createRegistryAccess({
    ...{
      environment,
      accounts,
      store: diskCache,
      log,
      isTrusted: options.trusted !== false,
      network: options.network ?? {},
    },
    onNotice: notices.take,
  });
  const backOff = createBackOff(clock);
  const restraint = {
    isBlocked: (registry: string) => backOff.isBlocked(registry) || notices.isSparing(registry),
  };
  const cache = createPrefetchCache();
  const knowledge = createPinKnowledge((kind) => announcements.changed(kind));
  const sources = createEditorSources({ documents: texts, folders, clock });
  const readings = parser.then((loaded) => createDocumentReadings(loaded, sources));
  const documents = createPinDocuments({ documents: texts, readings, settings, knowledge, folders });
  const activities = createActivities(knowledge);
  const openEngine = (downloadMemory: number) =>
    openPrefetchEngine({ folder: environment.wasmFolder, downloadMemory, cache: diskCache, log });
  const runs = createPinRuns(access, cache, openEngine, temporaryPaths, log);
  const lessons = createPinLessons(knowledge, backOff, clock, log);
  const facts = createFactsReader({ knowledge, runs, access, cache, backOff: restraint });
  const operations = createPinOperations({ knowledge, activities, runs, access, facts, lessons, signIns });
  const signingIn = createSigningIn({ accounts, signIns, access, documents, operations, settings, log, signal });
  const queue = createCheckQueue(attend);
  const checks = createBackgroundChecks({ queue, operations, knowledge, backOff: restraint, access, clock });
  const landing = createEditLanding(documents, support, async (params) => {
    const result = await connection.workspace.applyEdit(params);
    if (result.applied) changedOnDisk(filesOfEdit(params.edit));
    return result;
  });
  const messages = createMessages(connection, support, log, attend);
  const createProgress = () => connection.window.createWorkDoneProgress();
  const updates = createWorkspaceUpdates({
    ...{ documents, operations, landing, messages, support, settings, access, clock, createProgress },
  });
  const isOnline = () => access.isOpen();
  const diagnose = ({ document, views, settings: own }: PinDocument) =>
    diagnostics(document, views, own, cache.hashes());
  const announcements: Announcements = createAnnouncements({
    ...{ connection, support, documents, diagnose, isOnline, clock, attend },
    registryMessage: () => backOff.message(),
    registryNotes: () => notices.notes(),
    signal,
  });

  const survey = createWorkspaceSurvey({
    ...{ documents, folders, clock, signal, attend },
    surveyed: () => announcements.changed("knowledge"),
  });

  const changedOnDisk = (uris: readonly string[]) => {
    sources.forget();
    for (const uri of uris) documents.forget(uri);
    announcements.changed("knowledge");
    survey.changed();
  };

  let lastSettings: Settings | null = null;
  const look = async () => {
    const now = await settings.of(null);
    const isOther = <K extends keyof Settings>(...names: K[]) =>
      lastSettings !== null && names.some((name) => !isDeepStrictEqual(now[name], lastSettings?.[name]));
    // What was asked by another way, or failed there, says nothing any more.
    if (isOther("registries")) backOff.clear();
    if (isOther("registries", "check", "ignore", "platform")) queue.clear();
    lastSettings = now;
    for (const document of await documents.allOpen()) checks.opened(document);
  };
  const lookAgain = () => {
    announcements.changed("knowledge");
    attend(look());
  };
  const lookNowAndThen = async () => {
    for (;;) {
      await clock.sleep(TICK, signal);
      await look();
    }
  };
  attend(lookNowAndThen());
  return {
    ...{ support, settings, folders, documents, operations, lessons, facts, runs, checks, landing, updates },
    ...{ announcements, clock, diagnose, isOnline, signIns, signingIn, access },
    async signInPlaces({ document: { uri }, settings: own }) {
      if (!canSignIn) return () => null;
      const rules = await access.rules(own.registries);
      return (view) => signInPlaceOf(view, rules, uri);
    },
    opened(document) {
      checks.opened(document);
      survey.opened(document);
    },
    closed(uri) {
      sources.forget();
      documents.forget(uri);
      attend(readings.then((known) => known.forget(uri)));
      announcements.edited();
    },
    changedOnDisk,
    lookAgain,
    trust() {
      access.open();
      // That nothing could be asked is no failure any more.
      knowledge.clear();
      lookAgain();
    },
    async clearCache() {
      queue.clear();
      const cleared = diskCache.clear();
      cache.clear();
      runs.forget();
      access.clear();
      backOff.clear();
      notices.clear();
      knowledge.clear();
      await cleared.finally(lookAgain);
    },
    changeNetwork(network) {
      access.reconnect(network);
      // What failed by another network says nothing any more; what was learned holds.
      backOff.clear();
      queue.clear();
      lookAgain();
    },
    showPage: (uri) => showPage(uri, connection, support.showDocument),
  };
}
