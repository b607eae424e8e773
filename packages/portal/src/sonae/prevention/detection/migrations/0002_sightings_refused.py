from django.db import migrations, models


class Migration(migrations.Migration):
    """How many sightings of a collector this portal would not take."""

    dependencies = [("detection", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="collector",
            name="sightings_refused",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
