#!/bin/sh
# Renders the templates with Apache Velocity 1.7 (Debian packages velocity and a JDK) and stores what comes out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
jars=/usr/share/java
classes=$jars/velocity-1.7.jar:$jars/commons-collections3.jar:$jars/commons-lang.jar:$jars/commons-lang-2.6.jar
java -cp "$classes" "$here/Oracle.java" "$here/../templates"
