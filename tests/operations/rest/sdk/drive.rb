# Calls methods of a generated client: the file, its module, and where to go instead.
require 'socket'

# Not every system resolves names below localhost.
class << TCPSocket
  alias_method :open_as_it_is, :open

  def open(host, *rest)
    open_as_it_is(host.end_with?('.localhost') ? '127.0.0.1' : host, *rest)
  end
end

require File.expand_path(ARGV[0])

client = Object.const_get(ARGV[1])::Client.new(
  access_key_id: 'AKIAEXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG', session_token: 'a/token==', api_key: 'key',
  endpoint: ARGV[2]
)

def show(answer)
  puts "#{answer.status} #{JSON.generate(answer.data)}"
end

def refused
  show(yield)
rescue ArgumentError => e
  puts e.message
end

show(client.pets_pet_id_get({ petId: 'a/b c+ü', 'kind' => ['c', 'a b*'], 'X-Trace' => 't' }))
show(client.pets_post({}, { a: 1 }))
show(client.any_put({}, 'text', headers: { 'Content-Type' => 'text/plain' }))
refused { client.pets_pet_id_get({ petId: 'x' }) }
refused { client.pets_pet_id_get({ petId: '..', kind: 'x' }) }
