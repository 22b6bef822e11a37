import CLibSystemd
import Glibc
import WherryLinux

/// One connection to systemd, used by one task or thread at a time (sd-bus(3): a connection is not
/// thread-safe, but bound to no thread).
///
/// `@unchecked`: whoever made it uses it serially, and it is never shared.
final class BusConnection: @unchecked Sendable {
  static let manager = "org.freedesktop.systemd1"
  static let managerPath = "/org/freedesktop/systemd1"
  static let managerInterface = "org.freedesktop.systemd1.Manager"
  static let callTimeout: UInt64 = 30_000_000

  private let raw: OpaquePointer
  /// Over the bus daemon signals must be asked for; systemd's own socket sends them to all.
  private let isDirect: Bool

  /// Connects to systemd's own socket as systemctl does for root, or through the bus daemon.
  init() throws(BusError) {
    if let direct = Self.connectDirectly() {
      raw = direct
      isDirect = true
      return
    }
    var bus: OpaquePointer?
    let result = sd_bus_open_system(&bus)
    guard result >= 0, let bus else { throw BusError(errno: -result) }
    raw = bus
    isDirect = false
  }

  deinit {
    sd_bus_flush_close_unref(raw)
  }

  private static func connectDirectly() -> OpaquePointer? {
    var bus: OpaquePointer?
    guard sd_bus_new(&bus) >= 0, let bus else { return nil }
    if sd_bus_set_address(bus, "unix:path=/run/systemd/private") >= 0, sd_bus_start(bus) >= 0 { return bus }
    sd_bus_close_unref(bus)
    return nil
  }

  var descriptor: Int32 { sd_bus_get_fd(raw) }

  func message(_ path: String, _ interface: String, _ member: String) throws(BusError) -> BusMessage {
    try message(Self.manager, path, interface, member)
  }

  private func message(_ destination: String, _ path: String, _ interface: String, _ member: String)
    throws(BusError) -> BusMessage
  {
    var message: OpaquePointer?
    let result = sd_bus_message_new_method_call(raw, &message, destination, path, interface, member)
    guard result >= 0, let message else { throw BusError(errno: -result) }
    return BusMessage(owning: message)
  }

  /// Blocks until the answer is there.
  func call(_ message: borrowing BusMessage) throws(BusError) -> BusMessage {
    var error = sd_bus_error()
    var reply: OpaquePointer?
    let result = sd_bus_call(raw, message.raw, Self.callTimeout, &error, &reply)
    guard result >= 0, let reply else { throw BusError(errno: -result, freeing: &error) }
    return BusMessage(owning: reply)
  }

  /// From here on `nextSignal` sees the manager's signals.
  func subscribe() throws(BusError) {
    if isDirect { return }
    let match = try message(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch")
    try match.append(
      "type='signal',sender='\(Self.manager)',interface='\(Self.managerInterface)',member='JobRemoved'")
    _ = try call(match)
    _ = try call(try message(Self.managerPath, Self.managerInterface, "Subscribe"))
  }

  /// The next message that came in, without waiting; nil where there is none.
  func nextMessage() throws(BusError) -> BusMessage? {
    while true {
      var message: OpaquePointer?
      let result = sd_bus_process(raw, &message)
      if result < 0 { throw BusError(errno: -result) }
      if let message { return BusMessage(owning: message) }
      if result == 0 { return nil }
    }
  }

  /// Sends a call and returns what its answer will refer to.
  func send(_ message: borrowing BusMessage) throws(BusError) -> UInt64 {
    var cookie: UInt64 = 0
    let result = sd_bus_send(raw, message.raw, &cookie)
    guard result >= 0 else { throw BusError(errno: -result) }
    return cookie
  }

  /// Blocks until there may be a message.
  func wait() throws(BusError) {
    let result = sd_bus_wait(raw, Self.callTimeout)
    if result < 0, result != -EINTR { throw BusError(errno: -result) }
    if result == 0 { throw BusError(errno: ETIMEDOUT) }
  }

  func text(_ path: String, _ interface: String, _ property: String) throws(BusError) -> String {
    var error = sd_bus_error()
    var value: UnsafeMutablePointer<CChar>?
    let result = sd_bus_get_property_string(raw, Self.manager, path, interface, property, &error, &value)
    guard result >= 0, let value else { throw BusError(errno: -result, freeing: &error) }
    defer { free(value) }
    return String(cString: value)
  }
}
