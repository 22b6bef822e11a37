package import WherryModel

/// A `USER` or `--user` value: `name`, `uid`, `name:group`, `uid:gid`.
///
/// Digits are always a number and a number is never looked up as a name, so that an
/// out-of-range or oddly written number cannot become root (CVE-2026-46680, CVE-2026-30892).
package struct UserName: Sendable, Equatable {
  package enum Part: Sendable, Equatable {
    case id(UInt32)
    case name(String)
  }

  /// Docker's range: `1 << 31 - 1`.
  package static let maximumID: UInt32 = 0x7fff_ffff

  package var user: Part
  package var group: Part?

  package init(user: Part, group: Part? = nil) {
    self.user = user
    self.group = group
  }

  /// An empty text is root. Throws `invalidArgument`.
  package init(_ text: String) throws(WherryError) {
    guard !text.isEmpty else {
      user = .id(0)
      group = nil
      return
    }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    user = try Self.part(parts[0], of: text, "user")
    group = parts.count == 2 ? try Self.part(parts[1], of: text, "group") : nil
  }

  private static func part(_ text: String, of whole: String, _ what: String) throws(WherryError) -> Part {
    let bytes = Array(text.utf8)
    func refuse(_ reason: String) -> WherryError {
      WherryError(
        .invalidArgument,
        "invalid \(what) \(Printable.text(text)) in user \(Printable.text(whole)): \(reason)",
        hint: "write name, uid, name:group or uid:gid; a number is decimal, 0 to \(maximumID)")
    }
    guard let first = bytes.first else { throw refuse("it is empty") }
    guard bytes.count <= 256 else { throw refuse("it is too long") }
    if bytes.allSatisfy({ isDigit($0) }) {
      guard first != UInt8(ascii: "0") || bytes.count == 1 else {
        throw refuse("the number has leading zeros")
      }
      guard let number = UInt32(text), number <= maximumID else { throw refuse("the number is out of range") }
      return .id(number)
    }
    guard isLetter(first) || first == UInt8(ascii: "_") else {
      throw refuse("a name begins with a letter or _")
    }
    let last = bytes.count - 1
    for (index, byte) in bytes.enumerated() {
      // useradd(8) allows a final $, for Samba's machine accounts.
      let isFinalDollar = byte == UInt8(ascii: "$") && index == last
      guard isLetter(byte) || isDigit(byte) || "_.-@".utf8.contains(byte) || isFinalDollar else {
        throw refuse("a name has only letters, digits, and _ . - @")
      }
    }
    return .name(text)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
