// gorilla/websocket as the client of an echo server.
package main

import (
	"bytes"
	"log"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func receive(connection *websocket.Conn, kind int, expected []byte) {
	got, data, err := connection.ReadMessage()
	check(err)
	if got != kind || !bytes.Equal(data, expected) {
		log.Fatalf("got %d bytes of kind %d", len(data), got)
	}
}

func main() {
	dialer := websocket.Dialer{EnableCompression: true}
	connection, _, err := dialer.Dial(os.Args[1], nil)
	check(err)
	check(connection.SetReadDeadline(time.Now().Add(10 * time.Second)))

	text := []byte("héllo 🦊")
	check(connection.WriteMessage(websocket.TextMessage, text))
	receive(connection, websocket.TextMessage, text)

	data := make([]byte, 70000)
	for index := range data {
		data[index] = byte(index % 251)
	}
	check(connection.WriteMessage(websocket.BinaryMessage, data))
	receive(connection, websocket.BinaryMessage, data)

	ponged := false
	connection.SetPongHandler(func(payload string) error {
		ponged = payload == "are you there?"
		return nil
	})
	deadline := time.Now().Add(10 * time.Second)
	check(connection.WriteControl(websocket.PingMessage, []byte("are you there?"), deadline))
	closing := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "done")
	check(connection.WriteControl(websocket.CloseMessage, closing, deadline))
	_, _, err = connection.ReadMessage()
	if !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		log.Fatal(err)
	}
	if !ponged {
		log.Fatal("no pong")
	}
}
