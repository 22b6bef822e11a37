import Glibc

/// A terminal that passes on every key as it is, termios(3), until this value is gone.
package final class RawTerminal: Sendable {
  private let descriptor: Int32
  private let before: termios

  /// Nil where `descriptor` is no terminal.
  package init?(_ descriptor: Int32) {
    var settings = termios()
    guard tcgetattr(descriptor, &settings) == 0 else { return nil }
    before = settings
    self.descriptor = descriptor
    cfmakeraw(&settings)
    guard tcsetattr(descriptor, TCSADRAIN, &settings) == 0 else { return nil }
  }

  deinit { restore() }

  /// As it was before. May be called more than once.
  package func restore() {
    var settings = before
    tcsetattr(descriptor, TCSADRAIN, &settings)
  }
}
