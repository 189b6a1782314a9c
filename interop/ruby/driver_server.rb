# An echo server of websocket-driver on EventMachine.
require "eventmachine"
require "websocket/driver"

class Echo < EM::Connection
  def initialize
    super
    @driver = WebSocket::Driver.server(self)
    @driver.on(:connect) { @driver.start if WebSocket::Driver.websocket?(@driver.env) }
    @driver.on(:message) do |event|
      event.data.is_a?(String) ? @driver.text(event.data) : @driver.binary(event.data)
    end
    @driver.on(:close) { close_connection_after_writing }
  end

  def receive_data(data)
    @driver.parse(data)
  end

  def write(data)
    send_data(data)
  end
end

EM.run do
  server = EM.start_server("127.0.0.1", 0, Echo)
  port, = Socket.unpack_sockaddr_in(EM.get_sockname(server))
  puts "listening on #{port}"
  $stdout.flush
end
