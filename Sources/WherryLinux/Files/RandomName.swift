/// A name for a file that nobody else has: 64 random bits, in the 13 or fewer letters and digits of base 36.
package enum RandomName {
  package static func next() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }
}
