import Glibc
import WherryModel

/// Standard output could not be written.
enum ConsoleError: Error {
  /// The reader left, as in `wherry logs web | head`.
  case brokenPipe
  case failed(errno: Int32)
}

/// Standard output and standard error, for text.
struct Console: Sendable {
  let isTerminal = isatty(STDOUT_FILENO) == 1
  let errorIsTerminal = isatty(STDERR_FILENO) == 1

  func print(_ text: String) throws(ConsoleError) {
    try write(text + "\n")
  }

  func write(_ text: String) throws(ConsoleError) {
    try Self.write(Array(text.utf8)[...], to: STDOUT_FILENO)
  }

  /// Text for people, beside the output. Nobody is left to tell that it cannot be written.
  func note(_ text: String) {
    do {
      try Self.write(Array((text + "\n").utf8)[...], to: STDERR_FILENO)
    } catch {
      return
    }
  }

  func warn(_ warning: String) {
    note("WARNING: \(Sanitise.metadata(warning, terminal: errorIsTerminal))")
  }

  /// `wherry: what happened`, and what to do about it.
  func report(_ error: any Error) {
    let failure = Failure(error)
    note("wherry: \(Sanitise.metadata(failure.message, terminal: errorIsTerminal))")
    if let hint = failure.hint { note("hint: \(Sanitise.metadata(hint, terminal: errorIsTerminal))") }
  }

  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(ConsoleError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EPIPE: throw .brokenPipe
      case EAGAIN:
        // Somebody made the shared terminal or pipe non-blocking.
        var waiter = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiter, 1, -1)
      case let number: throw .failed(errno: number)
      }
    }
  }
}

/// Any error as its line and its remedy.
struct Failure: Equatable {
  var message: String
  var hint: String?

  init(_ error: any Error) {
    switch error {
    case let error as WherryError: (message, hint) = (error.message, error.hint)
    case let error as UsageError: (message, hint) = (error.message, error.hint)
    case let error as OptionError: (message, hint) = (error.message, nil)
    case let error as TemplateError: (message, hint) = (error.message, nil)
    case ConsoleError.failed(let number):
      (message, hint) = ("write standard output: \(String(cString: strerror(number)))", nil)
    default: (message, hint) = ("\(error)", nil)
    }
  }
}
