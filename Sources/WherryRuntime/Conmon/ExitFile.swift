import WherryEngine
import WherryLinux
import WherryModel

/// conmon's exit file: the code as text; the file's time is the moment.
enum ExitFile {
  /// Nil where the container has not ended.
  static func read(_ path: String, startedAt: Timestamp?) throws(SystemError) -> Exit? {
    guard let bytes = try Files.readIfPresent(path, maximum: 64), let status = try Files.statusIfPresent(path)
    else { return nil }
    guard let code = Int(String(decoding: bytes, as: UTF8.self).trimmed) else { return nil }
    return Exit(
      code: UInt8(clamping: code), startedAt: startedAt, finishedAt: Timestamp(status.modified))
  }
}
