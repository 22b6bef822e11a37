import CWherryLinux
import Glibc

/// Names of signals, signal(7).
package enum Signal {
  /// Of `TERM`, `SIGTERM`, `15`, `RTMIN+3`, `RTMAX-1`, in any case; nil for anything else.
  package static func number(_ text: String) -> Int32? {
    if let number = Int32(text), text.utf8.first != UInt8(ascii: "+") {
      return (1...wherry_sigrtmax()).contains(number) ? number : nil
    }
    var name = text.uppercased()
    if name.hasPrefix("SIG") { name.removeFirst(3) }
    if let number = names[name] { return number }
    return realTime(name)
  }

  /// `SIGTERM`, `SIGRTMIN+3`, or the number for one without a name.
  package static func name(_ number: Int32) -> String {
    if let name = byNumber[number] { return "SIG\(name)" }
    let first = wherry_sigrtmin()
    guard (first...wherry_sigrtmax()).contains(number) else { return "\(number)" }
    return number == first ? "SIGRTMIN" : "SIGRTMIN+\(number - first)"
  }

  private static func realTime(_ name: String) -> Int32? {
    let first = wherry_sigrtmin()
    let last = wherry_sigrtmax()
    if name == "RTMIN" { return first }
    if name == "RTMAX" { return last }
    let number: Int32?
    if name.hasPrefix("RTMIN+") {
      number = offset(name).map { first + $0 }
    } else if name.hasPrefix("RTMAX-") {
      number = offset(name).map { last - $0 }
    } else {
      number = nil
    }
    return number.flatMap { (first...last).contains($0) ? $0 : nil }
  }

  private static func offset(_ name: String) -> Int32? {
    let digits = name.dropFirst(6)
    guard (1...2).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int32(digits)
  }

  private static let names: [String: Int32] = [
    "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ILL": SIGILL, "TRAP": SIGTRAP, "ABRT": SIGABRT,
    "IOT": SIGABRT, "BUS": SIGBUS, "FPE": SIGFPE, "KILL": SIGKILL, "USR1": SIGUSR1, "SEGV": SIGSEGV,
    "USR2": SIGUSR2, "PIPE": SIGPIPE, "ALRM": SIGALRM, "TERM": SIGTERM, "STKFLT": SIGSTKFLT,
    "CHLD": SIGCHLD, "CLD": SIGCHLD, "CONT": SIGCONT, "STOP": SIGSTOP, "TSTP": SIGTSTP, "TTIN": SIGTTIN,
    "TTOU": SIGTTOU, "URG": SIGURG, "XCPU": SIGXCPU, "XFSZ": SIGXFSZ, "VTALRM": SIGVTALRM,
    "PROF": SIGPROF, "WINCH": SIGWINCH, "IO": SIGIO, "POLL": SIGIO, "PWR": SIGPWR, "SYS": SIGSYS,
  ]

  private static let byNumber: [Int32: String] = {
    let synonyms: Set = ["IOT", "CLD", "POLL"]
    let pairs = names.filter { !synonyms.contains($0.key) }.map { ($0.value, $0.key) }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }()
}
