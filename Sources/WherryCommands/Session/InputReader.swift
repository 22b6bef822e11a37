import Glibc
import WherryLinux
import WherryModel

/// Bytes to send to the daemon, read only as fast as they can be sent.
struct InputReader: Sendable {
  private let reader: AsyncReader
  /// Well under a stream's first credit, so that a signal need not wait behind it.
  private static let chunk = 32 << 10

  static func standardInput() throws -> InputReader {
    do {
      let file = try FileDescriptor.duplicating(STDIN_FILENO)
      return InputReader(reader: try AsyncReader(file, shared: true))
    } catch {
      throw WherryError(error)
    }
  }

  static func file(_ path: String) throws -> InputReader {
    do {
      return InputReader(reader: try AsyncReader(try FileDescriptor.open(path), shared: true))
    } catch {
      throw WherryError(error)
    }
  }

  /// Reads a pipe that is this process's alone.
  init(pipe: consuming FileDescriptor) throws(SystemError) {
    reader = try AsyncReader(pipe)
  }

  private init(reader: AsyncReader) {
    self.reader = reader
  }

  /// nil at the end.
  func next() async throws -> [UInt8]? {
    let bytes = try await reader.read(maximum: Self.chunk)
    return bytes.isEmpty ? nil : bytes
  }
}

/// The small files that flags name.
enum LocalFile {
  static func read(_ path: String) throws -> [UInt8] {
    do {
      return try Files.read(path, maximum: KeyValueFile.maximumSize)
    } catch {
      throw WherryError(error)
    }
  }
}
