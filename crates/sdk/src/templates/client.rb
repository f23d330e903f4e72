# frozen_string_literal: true

require 'json'
require 'net/http'
require 'openssl'
require 'time'
require 'uri'

# A client of {{title}}, stage {{stage}}. Generated.
module {{module}}
  # An answer of a 2xx status: the body is parsed if it is JSON.
  Response = Struct.new(:status, :data, :headers)

  # An answer of any other status.
  class ResponseError < StandardError
    attr_reader :response

    def initialize(response)
      @response = response
      super("The request failed with status #{response.status}")
    end
  end

  # Sends and signs requests.
  class Caller
    def initialize(config)
      @config = config
    end

    def call(operation, params, body, headers, query)
      verb, path, query_names, header_names, required = operation
      params = params.transform_keys(&:to_s)
      required.each { |name| raise ArgumentError, "Missing required parameter #{name}" if params[name].nil? }
      search = write_query(params.slice(*query_names).to_a + query.to_a)
      url = URI("#{@config[:endpoint].sub(%r{/+\z}, '')}#{fill_path(path, params)}#{search.empty? ? '' : "?#{search}"}")
      body = JSON.generate(body) unless body.nil? || body.is_a?(String)
      all = collect(params.slice(*header_names).compact, headers, body)
      sign(verb, url, search, all, body.to_s) if @config[:access_key_id] && @config[:secret_access_key]
      read(transmit(verb, url, all, body))
    end

    private

    def collect(declared, more, body)
      all = { 'accept' => 'application/json' }
      all['content-type'] = 'application/json' if body
      [declared, more].each { |headers| headers.each { |name, value| all[name.to_s.downcase] = value.to_s } }
      all[{{api_key_header}}] = @config[:api_key] if @config[:api_key]
      all
    end

    def encode(text)
      text.to_s.b.gsub(/[^A-Za-z0-9\-_.~]/n) { |byte| format('%%%02X', byte.ord) }
    end

    def fill_path(template, params)
      template.gsub(/\{([^}+]+)(\+?)\}/) do
        name = Regexp.last_match(1)
        value = params[name].to_s
        segments = Regexp.last_match(2).empty? ? [value] : value.split('/', -1)
        if value.empty? || segments.include?('.') || segments.include?('..')
          raise ArgumentError, "The parameter #{name} cannot be part of a path: #{value}"
        end

        segments.map { |segment| encode(segment) }.join('/')
      end
    end

    def write_query(given)
      pairs = given.flat_map { |name, value| Array(value).map { |one| [encode(name), encode(one)] } }
      pairs.sort.map { |pair| pair.join('=') }.join('&')
    end

    # Signature version 4, over the host and every header that this client sets.
    def sign(verb, url, search, headers, body)
      stamp = Time.now.utc.strftime('%Y%m%dT%H%M%SZ')
      headers['x-amz-date'] = stamp
      headers['x-amz-security-token'] = @config[:session_token] if @config[:session_token]
      signed = headers.merge('host' => host(url)).sort
      names = signed.map(&:first).join(';')
      path = url.path.squeeze('/').split('/', -1).map { |segment| encode(segment) }.join('/')
      lines = signed.map { |name, value| "#{name}:#{value.strip.gsub(/\s+/, ' ')}\n" }.join
      canonical = [verb, path, search, lines, names, OpenSSL::Digest::SHA256.hexdigest(body)].join("\n")
      scope = [stamp[0, 8], @config[:region], 'execute-api', 'aws4_request']
      key = scope.reduce("AWS4#{@config[:secret_access_key]}") { |secret, part| hmac(secret, part) }
      hash = OpenSSL::Digest::SHA256.hexdigest(canonical)
      signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope.join('/'), hash].join("\n")).unpack1('H*')
      headers['authorization'] = "AWS4-HMAC-SHA256 Credential=#{@config[:access_key_id]}/#{scope.join('/')}, " \
                                 "SignedHeaders=#{names}, Signature=#{signature}"
    end

    def hmac(key, text)
      OpenSSL::HMAC.digest('SHA256', key, text)
    end

    def host(url)
      url.port == url.default_port ? url.host : "#{url.host}:#{url.port}"
    end

    def transmit(verb, url, headers, body)
      request = Net::HTTPGenericRequest.new(verb, !body.nil?, verb != 'HEAD', url.request_uri, headers)
      request['host'] = host(url)
      request.body = body unless body.nil?
      Net::HTTP.start(url.host, url.port, use_ssl: url.scheme == 'https') { |http| http.request(request) }
    end

    def read(answer)
      headers = answer.each_header.to_h
      data = answer.body
      if data && headers['content-type'].to_s.match?(%r{[/+]json\b}i)
        data = begin
          JSON.parse(data)
        rescue JSON::ParserError
          data
        end
      end
      response = Response.new(answer.code.to_i, data, headers)
      raise ResponseError, response unless answer.is_a?(Net::HTTPSuccess)

      response
    end
  end

  # Each method takes its parameters of path, query and headers by name, and a body that is text or becomes JSON.
  class Client
    # access_key_id, secret_access_key, session_token, api_key, region, endpoint: all of them may be left out.
    def initialize(**config)
      @caller = Caller.new({ endpoint: {{endpoint}}, region: {{region}} }.merge(config.compact))
    end

{{operations}}
  end
end
