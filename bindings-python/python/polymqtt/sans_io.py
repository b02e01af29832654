"""Client and broker as state machines: no socket, no clock, no thread. You hand in what happens, and do what they ask for.

After each call, poll until there is no output; then write ``transmit_data()`` as far as the transport takes it and say so with ``transmitted``.
Time is in milliseconds since an epoch of your choice.

>>> client = Client(client_identifier="sensor")
>>> client.connect(now=0)
>>> str(client.poll_output())
'connect'
>>> client.handle_connected(now=5)
>>> str(client.poll_output())
'transmit'
>>> client.transmit_data()[:1].hex()
'10'
"""

from ._polymqtt import Output, SansIoBroker as Broker, SansIoClient as Client

__all__ = ["Broker", "Client", "Output"]
