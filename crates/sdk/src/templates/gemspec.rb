# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = '{{gem}}'
  spec.version = '{{version}}'
  spec.summary = 'A client of {{title}}, stage {{stage}}'
  spec.authors = ['generated']
  spec.files = ['lib/{{gem}}.rb', 'README.md']
  spec.required_ruby_version = '>= 2.7'
end
