import CWherryLinux

/// For libraries that wait with select(2), which ends the process at a descriptor of 1024 or more.
package enum LowDescriptors {
  /// Runs `body` on a thread of its own, whose new descriptors have low numbers, however many the process has. They are
  /// the thread's alone and are closed when `body` returns; those of the process from 3 to 63 are not there in it.
  package static func run(_ body: () -> Void) throws(SystemError) {
    let error = withoutActuallyEscaping(body) { body in
      let call = Call(body)
      return withExtendedLifetime(call) {
        wherry_with_low_descriptors(
          { context in
            guard let context else { return }
            Unmanaged<Call>.fromOpaque(context).takeUnretainedValue().body()
          }, Unmanaged.passUnretained(call).toOpaque())
      }
    }
    guard error == 0 else { throw SystemError(errno: error, "start a thread", "with descriptors of its own") }
  }

  private final class Call {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
