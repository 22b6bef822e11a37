import WherryModel
import WherryWire

/// Where a connection stands. Every method that takes the state apart puts one back.
enum ConnectionState: ~Copyable {
  /// Our hello is sent, the peer's is awaited. → established, closed
  case greeting(Greeting)
  /// Calls are made and served; either side may be going away. → closed
  case established(Session)
  /// Nothing happens any more.
  case closed(WherryError)
}

extension ConnectionState {
  var isGreeting: Bool {
    switch self {
    case .greeting: true
    case .established: false
    case .closed: false
    }
  }

  /// Why the connection is closed; nil while it is not.
  var closedError: WherryError? {
    switch self {
    case .greeting: nil
    case .established: nil
    case .closed(let error): error
    }
  }

  /// Changes the greeting; nil in any other state.
  mutating func whileGreeting<Value>(_ change: (inout Greeting) -> Value) -> Value? {
    switch consume self {
    case .greeting(var greeting):
      let value = change(&greeting)
      self = .greeting(greeting)
      return value
    case .established(let session):
      self = .established(session)
    case .closed(let error):
      self = .closed(error)
    }
    return nil
  }

  /// Changes the session; nil in any other state.
  mutating func whileEstablished<Value, Failure: Error>(
    _ change: (inout Session) throws(Failure) -> Value
  ) throws(Failure) -> Value? {
    switch consume self {
    case .greeting(let greeting):
      self = .greeting(greeting)
    case .established(var session):
      let result = Result { () throws(Failure) in try change(&session) }
      self = .established(session)
      return try result.get()
    case .closed(let error):
      self = .closed(error)
    }
    return nil
  }

  /// The peer has said an acceptable hello.
  mutating func establish(side: ConnectionSide, settings: ConnectionSettings, peer: PeerParameters) {
    switch consume self {
    case .greeting(let greeting):
      self = .established(
        Session(side: side, settings: settings, peer: peer, waiting: greeting.waiting))
    case .established(let session):
      self = .established(session)
    case .closed(let error):
      self = .closed(error)
    }
  }

  /// Ends the connection and hands back all that waits in it. The farewell says what was served last.
  mutating func close(_ error: WherryError, farewell: Bool, _ actions: inout [ConnectionAction]) {
    switch consume self {
    case .greeting(let greeting):
      self = .closed(error)
      if farewell {
        actions.append(.send(Message.goingAway(lastStream: .none, reason: error.message).framed()))
      }
      greeting.handBack(error, &actions)
    case .established(let session):
      self = .closed(error)
      if farewell { actions.append(.send(session.farewell(error.message))) }
      session.handBack(error, &actions)
    case .closed(let earlier):
      self = .closed(earlier)
      return
    }
    actions.append(.close(error))
  }
}
