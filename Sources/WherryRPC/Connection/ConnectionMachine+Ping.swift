import WherryWire

extension ConnectionMachine {
  /// The application wants to know that the peer has seen all that was sent until now.
  /// `finishPing` names the number given; nil where the connection is not established.
  package mutating func pingRequested() -> (number: UInt64, actions: [ConnectionAction])? {
    state.whileEstablished { session in
      let number = session.nextPing
      session.nextPing += 1
      session.pings.insert(number)
      return (number, [.send(Message.ping(number).framed())])
    }
  }
}
