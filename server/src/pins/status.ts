/**
 * What is known of a pin. `incomplete`: something is missing, fake or malformed. `computed`: its values cannot be read or
 * edited. `unknown`: the registry could not be asked, or does not have the followed tag. Unknown is never called stale.
 */
export type PinStatus =
  | "unchecked"
  | "fresh"
  | "stale"
  | "incomplete"
  | "gone"
  | "wrongHash"
  | "unknown"
  | "ignored"
  | "computed";
