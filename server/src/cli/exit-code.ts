/** 0: all good. 1: something is stale, incomplete, gone or wrong. 2: something could not be done. Above 128: ended by a signal. */
export type ExitCode = 0 | 1 | 2 | 129 | 130 | 141 | 143;

export function worstExitCode(codes: Iterable<0 | 1 | 2>): 0 | 1 | 2 {
  let worst: 0 | 1 | 2 = 0;
  for (const code of codes) if (code > worst) worst = code;
  return worst;
}
