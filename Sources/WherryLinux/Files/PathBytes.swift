import CWherryLinux
import Glibc

/// A path, or one name in it: text, or the raw bytes of a name that is no UTF-8.
package protocol PathBytes: Sendable {
  /// Calls `body` with the zero-terminated bytes; nil where they contain a NUL themselves.
  func withTerminatedPath<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value?
  /// For messages.
  var pathText: String { get }
}

extension String: PathBytes {
  package func withTerminatedPath<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value? {
    if utf8.contains(0) { return nil }
    return withCString(body)
  }

  package var pathText: String { self }
}

extension Array: PathBytes where Element == UInt8 {
  package func withTerminatedPath<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value? {
    if contains(0) { return nil }
    var terminated = self
    terminated.append(0)
    return terminated.withUnsafeBytes { bytes in
      bytes.baseAddress.map { body($0.assumingMemoryBound(to: CChar.self)) }
    }
  }

  package var pathText: String { String(decoding: self, as: UTF8.self) }
}

/// A system call on a path. A NUL inside would silently name another file: EINVAL.
@discardableResult
func systemCall<Result: SignedInteger>(
  _ operation: String, path: some PathBytes, _ body: (UnsafePointer<CChar>) -> Result
) throws(SystemError) -> Result {
  while true {
    var number: Int32 = 0
    let result = path.withTerminatedPath { pointer -> Result in
      let result = body(pointer)
      if result == -1 { number = Glibc.errno }
      return result
    }
    guard let result else { throw SystemError(errno: EINVAL, operation, path.pathText.debugDescription) }
    if result != -1 { return result }
    if number != EINTR { throw SystemError(errno: number, operation, path.pathText) }
  }
}

/// A system call on two paths; the second is named in the error.
func systemCall(
  _ operation: String, paths first: some PathBytes, _ second: some PathBytes,
  _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
) throws(SystemError) {
  var number: Int32 = 0
  let result =
    first.withTerminatedPath { first in
      second.withTerminatedPath { second in
        let result = body(first, second)
        if result == -1 { number = Glibc.errno }
        return result
      } ?? nil
    } ?? nil
  let object = "\(first.pathText) -> \(second.pathText)"
  guard let result else { throw SystemError(errno: EINVAL, operation, object.debugDescription) }
  if result == -1 { throw SystemError(errno: number, operation, object) }
}
