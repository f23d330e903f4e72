//! Log events in groups and streams: appended to segments of one file each, found by stream and time.

mod frame;
