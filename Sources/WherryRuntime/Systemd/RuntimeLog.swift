import WherryLinux
import WherryOCI

/// What a runtime wrote to its `--log` file in the form `json`.
enum RuntimeLog {
  private struct Line: Decodable {
    var msg: String
    var level: String?
  }

  /// The last error in it, nil where there is none. A line that is not JSON is an error as it stands.
  static func lastError(_ text: String) -> String? {
    for line in text.split(separator: "\n").reversed() {
      do {
        let line = try StrictJSON.decode(
          Line.self, from: Array(line.utf8), what: "the runtime's log", maximumSize: 64 << 10)
        if line.level != "error" { continue }
        return line.msg
      } catch { return String(line.prefix(500)) }
    }
    return nil
  }

  static func lastError(at path: String) throws(SystemError) -> String? {
    guard let bytes = try Files.readIfPresent(path, maximum: 256 << 10) else { return nil }
    return lastError(String(decoding: bytes, as: UTF8.self))
  }
}
