import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Answer, answerFrom, errorAnswer, type Question } from "../../support/registry/answers.ts";
import { createTokenService, type TokenServiceOptions } from "../../support/registry/authorization.ts";
import type { RegistryContent } from "../../support/registry/content.ts";

/** A registry that says in words of the test how it wants to be asked. */
export interface ChallengeFrontOptions {
  /** The lines of `WWW-Authenticate`; given `http://127.0.0.1:PORT` and `http://localhost:PORT`, which are the same server. */
  readonly challenges: (origin: string, otherOrigin: string) => readonly string[];
  /** The schemes that open it; both when absent. */
  readonly accepts?: "Basic" | "Bearer";
  readonly account: { readonly username: string; readonly password: string };
  /** Of the token service under `/token`, which gives tokens to the account only unless `anyone` is true. */
  readonly tokens?: Omit<TokenServiceOptions, "account"> & { readonly anyone?: boolean };
  /** What the token service answers instead. */
  readonly tokenAnswer?: Answer;
}

export interface SeenRequest {
  /** `127.0.0.1:PORT` or `localhost:PORT`. */
  readonly host: string;
  readonly path: string;
  readonly authorization: string | null;
}

export interface ChallengeFront {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export async function startChallengeFront(
  content: RegistryContent,
  options: ChallengeFrontOptions,
): Promise<ChallengeFront> {
  const requests: SeenRequest[] = [];
  const { account, accepts } = options;
  const { anyone = false, ...tokenOptions } = options.tokens ?? {};
  const tokens = createTokenService({ ...tokenOptions, ...(anyone ? {} : { account }) });
  const basic = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString("base64")}`;

  const isLetIn = (authorization: string | undefined): boolean => {
    if (accepts !== "Bearer" && authorization === basic) return true;
    const [, token] = /^Bearer (.+)$/.exec(authorization ?? "") ?? [];
    return accepts !== "Basic" && token !== undefined && tokens.isValid(token, "");
  };
  const answer = (question: Question, body: string): Answer => {
    if (question.url.pathname === "/token") return options.tokenAnswer ?? tokens.answer(question, body);
    if (isLetIn(question.headers.authorization)) return answerFrom(content, question);
    return errorAnswer(401, "UNAUTHORIZED", "authentication required");
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "/", headers } = request;
    requests.push({ host: headers.host ?? "", path: url, authorization: headers.authorization ?? null });
    const answered = answer({ method, url: new URL(url, origin), headers }, await text(request));
    if (answered.status === 401 && !url.startsWith("/token")) {
      response.setHeader("WWW-Authenticate", options.challenges(origin, otherOrigin));
    }
    response.writeHead(answered.status, { ...answered.headers, "Content-Length": answered.body.length });
    response.end(method === "HEAD" ? undefined : answered.body);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const [origin, otherOrigin] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  return {
    host: `127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
