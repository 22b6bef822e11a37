package import WherryModel
package import WherryWire

/// The device's clock. TLS believes it.
package struct ClockFacts: Sendable, Equatable {
  package var now: Timestamp
  /// When this binary was made: the clock cannot be before that.
  package var built: Timestamp?
  /// What adjtimex(2) says; nil where it may not be asked.
  package var isSynchronised: Bool?
  /// Whether a clock goes on while the power is off.
  package var hasHardwareClock: Bool
  /// The text of the two moments, for people.
  package var nowText: String
  package var builtText: String

  package init(
    now: Timestamp, built: Timestamp?, isSynchronised: Bool?, hasHardwareClock: Bool, nowText: String = "",
    builtText: String = ""
  ) {
    self.now = now
    self.built = built
    self.isSynchronised = isSynchronised
    self.hasHardwareClock = hasHardwareClock
    self.nowText = nowText
    self.builtText = builtText
  }

  private static let remedy =
    "let the network set it: apt install systemd-timesyncd, timedatectl set-ntp true; without a network: "
    + "timedatectl set-time 'YYYY-MM-DD HH:MM:SS'"

  package var findings: [DoctorFinding] {
    let clock = hasHardwareClock ? "" : ", and no hardware clock goes on without power"
    if let built, now < built {
      return [
        .fault(
          .clock,
          "it says \(nowText), and this Wherry was made on \(builtText)\(clock): certificates of registries "
            + "are not valid yet, and pulls fail", Self.remedy)
      ]
    }
    switch isSynchronised {
    case .some(false):
      return [
        .warning(
          .clock,
          "it says \(nowText) and nobody keeps it right\(clock): once it is too wrong, certificates are refused",
          Self.remedy)
      ]
    case .some(true): return [.ok(.clock, "\(nowText), kept right by the network")]
    case nil: return [.ok(.clock, "\(nowText); whether it is kept right cannot be asked here")]
    }
  }
}
