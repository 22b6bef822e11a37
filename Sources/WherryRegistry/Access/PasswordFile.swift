import WherryModel

/// The lines `NAME:HASH` of a file that htpasswd(1) writes.
struct PasswordFile: Sendable, Equatable {
  static let maximumSize = 1 << 20

  private(set) var hashes: [String: String] = [:]
  /// The hash that takes longest; nil of an empty file.
  private(set) var costliest: String?

  /// Throws `invalidArgument` for what no password can be compared with safely.
  init(_ text: String, path: String) throws(WherryError) {
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.drop { $0 == " " || $0 == "\t" }
      if line.isEmpty || line.hasPrefix("#") { continue }
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = parts.first, let hash = parts.last, !name.isEmpty else {
        throw WherryError(.invalidArgument, "\(path), line \(number + 1): not NAME:HASH")
      }
      guard hash.hasPrefix("$2") || hash.hasPrefix("$6$") || hash.hasPrefix("$5$") || hash.hasPrefix("$y$")
      else {
        throw WherryError(
          .invalidArgument,
          "\(path), line \(number + 1): the hash of \(name) is of a kind that is not accepted",
          hint: "make the line with: htpasswd -nB \(name)")
      }
      hashes[String(name)] = String(hash)
    }
    costliest = hashes.values.max { Self.cost($0) < Self.cost($1) }
  }

  /// About how long a hash takes, in rounds of SHA-512: what crypt(5) says of the cost of each kind.
  static func cost(_ hash: String) -> Int {
    let cost = hash.split(separator: "$").dropFirst().first ?? ""
    if hash.hasPrefix("$2") {
      let logarithm = Int(cost, radix: 10) ?? 5
      return 100 << min(max(logarithm, 4), 31)
    }
    // Of yescrypt as Debian makes it.
    if hash.hasPrefix("$y$") { return 100_000 }
    guard cost.hasPrefix("rounds=") else { return 5000 }
    let rounds = cost.dropFirst(7)
    return Int(rounds, radix: 10) ?? 5000
  }
}

/// Name and password of an Authorization header (RFC 7617).
struct BasicCredentials: Equatable {
  static let maximumLength = 1024

  var name: String
  var password: String

  init?(_ header: String?) {
    guard let header, header.utf8.count <= Self.maximumLength else { return nil }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts.first?.lowercased() == "basic", let word = parts.last,
      let bytes = Self.decode(word), let text = String(validating: bytes, as: UTF8.self)
    else { return nil }
    let pair = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2, let name = pair.first, let password = pair.last else { return nil }
    self.name = String(name)
    self.password = String(password)
  }

  /// RFC 4648 section 4; nil for anything else.
  static func decode(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8.prefix(while: { $0 != UInt8(ascii: "=") }) {
      let value: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: return nil
      }
      bits = (bits << 6 | UInt32(value)) & 0xffffff
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
