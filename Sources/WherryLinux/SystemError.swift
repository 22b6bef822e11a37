import CWherryLinux
import Glibc
package import WherryModel

/// A system call that failed: which, on what, why (errno(3)).
package struct SystemError: Error, Hashable, Sendable {
  package var errno: Int32
  /// The verb, as a user reads it: `open`, `rename`, `mount`.
  package var operation: String
  package var object: String

  package init(errno: Int32, _ operation: String, _ object: String) {
    self.errno = errno
    self.operation = operation
    self.object = object
  }

  /// The error of the call that just returned -1 on this thread.
  package static func last(_ operation: String, _ object: String) -> SystemError {
    SystemError(errno: Glibc.errno, operation, object)
  }

  /// What the number means, in lower case, without a full stop.
  package var reason: String {
    guard let text = wherry_error_text(errno) else { return "error \(errno)" }
    let sentence = String(cString: text)
    return sentence.prefix(1).lowercased() + sentence.dropFirst()
  }

  /// No space is left, or a quota is used up.
  package var isNoSpace: Bool { errno == ENOSPC || errno == EDQUOT }

  /// Nobody reads at the other end.
  package var isBrokenPipe: Bool { errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN }

  /// It is in use.
  package var isBusy: Bool { errno == EBUSY }

  /// Nothing has that name.
  package var isAbsent: Bool { errno == ENOENT }

  /// Nothing has that path, or something on the way is no folder.
  package var isNowhere: Bool { errno == ENOENT || errno == ENOTDIR || errno == ELOOP }

  /// The process has ended.
  package var isNoProcess: Bool { errno == ESRCH }

  /// The file system is mounted read-only.
  package var isReadOnly: Bool { errno == EROFS }

  /// The medium or the file system cannot give the bytes back, or something else is in the file's place:
  /// trying again will not help, and other files may be whole.
  package var isDamage: Bool {
    [EIO, EUCLEAN, EBADMSG, ENODATA, EILSEQ, EREMOTEIO, EFBIG, ELOOP, EISDIR, ENOTDIR, ENXIO, EINVAL]
      .contains(errno)
  }

  /// Something other than a regular file is in its place.
  package static func unexpectedKind(_ operation: String, _ object: String) -> SystemError {
    SystemError(errno: EINVAL, operation, object)
  }

  /// The file is larger than the caller reads.
  package var isTooLarge: Bool { errno == EFBIG }

  /// The user may not do this.
  package var isNotPermitted: Bool { errno == EACCES || errno == EPERM }

  /// The folder to be replaced has something in it.
  package var isNotEmpty: Bool { errno == ENOTEMPTY || errno == EEXIST }
}

extension SystemError: CustomStringConvertible {
  package var description: String { "\(operation) \(object): \(reason)" }
}

extension WherryError {
  /// The error a user sees for a failed system call. `message` defaults to
  /// `operation object: reason`; pass one to name the object as the user knows it.
  package init(_ error: SystemError, _ message: String? = nil, hint: String? = nil) {
    let code: Code
    var advice: String?
    switch error.errno {
    case ENOSPC, EDQUOT:
      code = .noSpace
      advice = "free space on the device that holds it, for example with: wherry system prune"
    case EROFS:
      code = .internal
      advice = "it is mounted read-only, by the kernel if the disk failed: see dmesg, then mount it writable"
    case ENOENT: code = .notFound
    case EACCES, EPERM: code = .permissionDenied
    default: code = .internal
    }
    self.init(
      code, message.map { "\($0): \(error.reason)" } ?? error.description, hint: hint ?? advice, cause: error)
  }

  /// Runs `body`, turning a `SystemError` into the error a user sees.
  package static func converting<Value: ~Copyable>(
    _ message: @autoclosure () -> String? = nil, _ body: () throws(SystemError) -> Value
  ) throws(WherryError) -> Value {
    do {
      return try body()
    } catch {
      throw WherryError(error, message())
    }
  }

  /// `error` itself, or a `SystemError` converted, or anything else as `internal`.
  package static func wrapping(_ error: any Error) -> WherryError {
    switch error {
    case let error as WherryError: error
    case let error as SystemError: WherryError(error)
    case is CancellationError: WherryError(.cancelled, "cancelled", cause: error)
    default: WherryError(.internal, "\(error)", cause: error)
    }
  }
}

/// Calls again while interrupted by a signal; -1 becomes a `SystemError`.
@discardableResult
func systemCall<Result: SignedInteger>(
  _ operation: String, _ object: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
  while true {
    let result = body()
    if result != -1 { return result }
    let number = Glibc.errno
    if number != EINTR { throw SystemError(errno: number, operation, object()) }
  }
}
