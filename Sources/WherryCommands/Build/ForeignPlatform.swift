import WherryLinux
import WherryModel

/// A platform whose programs this machine's processor does not run by itself.
struct ForeignPlatform {
  private let emulator: String

  /// Nil for a platform of this machine and for text that names none.
  init?(_ text: String) {
    let platform: Platform
    do { platform = try Platform(text) } catch { return nil }
    guard platform.architecture != Platform.current.architecture else { return nil }
    // QEMU's names, where they are not Go's.
    emulator =
      switch platform.architecture {
      case "arm64": "qemu-aarch64"
      case "amd64": "qemu-x86_64"
      case "386": "qemu-i386"
      default: "qemu-\(platform.architecture)"
      }
  }

  var isRunnable: Bool {
    do {
      return try Files.readText("/proc/sys/fs/binfmt_misc/\(emulator)", maximum: 4096).hasPrefix("enabled")
    } catch {
      return false
    }
  }

  var remedy: String {
    "no \(emulator) is registered with binfmt_misc, so that RUN cannot work: apt install qemu-user-static"
  }
}
