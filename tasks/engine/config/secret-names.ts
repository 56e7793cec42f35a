/**
 * What the name of a secret says, in either case. It is the regular expression of scripts/lib/shell/mask.sh, which
 * the programs carry; a test compares the two.
 */
export const SECRET_NAMES =
  /passw|passphrase|passcode|(^|[_.-])pass$|pwd|secret|token|(api|access|private|auth|encryption|signing|account|storage|shared|master|client)[_.-]?key|credential/i
