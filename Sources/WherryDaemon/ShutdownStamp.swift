import Glibc
import WherryModel
import WherryStore
import WherrySystemd

/// `wherry daemon shut-down`, from wherry.socket when that stops: with the device, the state says that it ended in order.
/// Distributions without wtmp (Debian 13) tell it nowhere else.
enum ShutdownStamp {
  static func main() -> Int32 {
    do throws(WherryError) {
      // An upgrade or an administrator stops the socket too, and the power may go later.
      guard try SystemBus.isStopping() else { return 0 }
      try BootStamp.endOfBoot(StateDirectory(try DaemonSettings.read(nil).stateDirectory), report: tell)
      return 0
    } catch {
      tell("\(error)")
      return 1
    }
  }

  private static func tell(_ text: String) {
    let line = Array("wherry daemon shut-down: \(text)\n".utf8)
    write(STDERR_FILENO, line, line.count)
  }
}
