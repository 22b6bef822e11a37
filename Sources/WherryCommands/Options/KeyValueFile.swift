/// `--env-file` and `--label-file`: lines of `KEY=VALUE`; blank lines and those that begin with
/// `#` are skipped; no quoting (https://docs.docker.com/reference/cli/docker/container/run/#env).
enum KeyValueFile {
  static let maximumSize = 1 << 20

  /// `lookUp` gives the value of a key that stands alone, from the client's environment;
  /// where it gives nil the key is left out.
  static func parse(
    _ bytes: [UInt8], name: String, lookUp: (String) -> String?
  ) throws(OptionError) -> [String] {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw OptionError("env file \(name) contains invalid utf8 bytes")
    }
    var entries: [String] = []
    for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = parts[0]
      guard !key.isEmpty else { throw OptionError("no variable name on line '\(line)'") }
      guard !key.contains(where: \.isWhitespace) else {
        throw OptionError("variable '\(key)' contains whitespaces")
      }
      if parts.count == 2 {
        entries.append(String(line))
      } else if let value = lookUp(String(key)) {
        entries.append("\(key)=\(value)")
      }
    }
    return entries
  }
}
