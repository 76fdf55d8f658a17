"""A table of counts at the desk: checked and handed over by an officer."""

from django.core.files.uploadedfile import SimpleUploadedFile

TABLE = "School,Girls,Boys,Total\nA,3,12,15\nB,20,8,28\nTotal,23,20,43\n"


def check(client, content=TABLE, agreement="WIG-PH-STATS", **more):
    file = {"file": SimpleUploadedFile("t.csv", content.encode())} if content else {}
    return client.post("/staff/statistics/new/", {"agreement": agreement, **file, **more})


def hand_over(client, url):
    """Hands over and takes all that leaves, as text."""
    left = client.post(f"{url}hand-over/", {"warnings_meant": "yes"})
    return b"".join(left.streaming_content).decode()
