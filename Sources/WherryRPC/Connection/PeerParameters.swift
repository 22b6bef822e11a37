import WherryWire

/// What the peer's hello says, once found acceptable.
package struct PeerParameters: Sendable, Equatable {
  /// The protocol version both sides speak.
  package var version: UInt64
  package var maximumFrame: Int
  package var maximumStreams: Int
  package var initialCredit: UInt64
  package var software: String
  /// Those both sides have.
  package var features: Set<UInt64>

  init(_ hello: HelloBody, settings: ConnectionSettings) throws(ProtocolViolation) {
    let version = min(hello.version, settings.version)
    guard hello.minimumVersion <= hello.version else {
      throw ProtocolViolation("versions \(hello.minimumVersion) to \(hello.version) are no range")
    }
    guard version >= max(hello.minimumVersion, settings.minimumVersion) else {
      throw ProtocolViolation(
        "no common version: the peer speaks \(hello.minimumVersion) to \(hello.version), "
          + "this side \(settings.minimumVersion) to \(settings.version)")
    }
    guard hello.maximumFrame >= UInt64(ConnectionSettings.minimumFrame) else {
      throw ProtocolViolation("a maximum frame of \(hello.maximumFrame) bytes is too small")
    }
    self.version = version
    maximumFrame = Int(clamping: hello.maximumFrame)
    maximumStreams = Int(clamping: hello.maximumStreams)
    initialCredit = hello.initialCredit
    software = String(hello.software.prefix(200))
    features = Set(hello.features).intersection(settings.features)
  }

  /// The largest item to send: half the window, since less than half may stay ungranted.
  var maximumItem: Int { Int(clamping: initialCredit / 2) }
}

extension ConnectionSettings {
  var hello: HelloBody {
    HelloBody(
      version: version, minimumVersion: minimumVersion, maximumFrame: UInt64(clamping: maximumFrame),
      maximumStreams: UInt64(clamping: maximumStreams), initialCredit: UInt64(clamping: initialCredit),
      software: software, features: features)
  }
}
