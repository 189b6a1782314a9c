# websocket-driver on EventMachine as the client of an echo server.
require "eventmachine"
require "uri"
require "websocket/driver"

TEXT = "héllo 🦊"
DATA = Array.new(70_000) { |index| index % 251 }

class Client < EM::Connection
  attr_reader :url

  def initialize(url)
    super
    @url = url
    @driver = WebSocket::Driver.client(self)
    @driver.on(:open) { @driver.text(TEXT) }
    @driver.on(:message) { |event| receive(event.data) }
    @driver.on(:close) { |event| finish(event.code) }
  end

  def connection_completed
    @driver.start
  end

  def receive_data(data)
    @driver.parse(data)
  end

  def write(data)
    send_data(data)
  end

  def receive(data)
    if data == TEXT
      @driver.binary(DATA)
    else
      abort "other bytes came back" unless data == DATA
      @driver.ping("are you there?") { @driver.close("done", 1000) }
    end
  end

  def finish(code)
    abort "closed with #{code}" unless code == 1000
    EM.stop
  end
end

EM.run do
  uri = URI.parse(ARGV.fetch(0))
  EM.connect(uri.host, uri.port, Client, ARGV.fetch(0))
end
