import WherryEngine
import WherryModel
import WherryOCI

/// Kubernetes' CRI log format: `TIME STREAM TAG CONTENT`, where TAG is F for a full line and P for a part.
///
/// The container writes CONTENT, conmon the rest; a line that is not of this form is dropped.
enum LogLineParser {
  /// `line` has no newline at its end.
  static func parse(_ line: ArraySlice<UInt8>) -> LogLine? {
    var rest = line
    guard let time = field(&rest), let stream = field(&rest), let tag = field(&rest),
      let timestamp = RFC3339.parse(String(decoding: time, as: UTF8.self))
    else { return nil }
    let isFull: Bool
    switch Array(tag) {
    case Array("F".utf8): isFull = true
    case Array("P".utf8): isFull = false
    default: return nil
    }
    let source: LogLine.Stream
    switch Array(stream) {
    case Array("stdout".utf8): source = .stdout
    case Array("stderr".utf8): source = .stderr
    default: return nil
    }
    return LogLine(
      stream: source, time: timestamp, data: Array(rest) + (isFull ? [UInt8(ascii: "\n")] : []))
  }

  /// Up to the next space, which is taken too.
  private static func field(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let space = rest.firstIndex(of: UInt8(ascii: " ")), space != rest.startIndex else { return nil }
    defer { rest = rest[(space + 1)...] }
    return rest[..<space]
  }
}
